#!/usr/bin/env bash
# Times whole processes: cat, softargmax, and the peers. See docs/performance.md.
#
#   benches/process/run.sh [--rounds N] [--without-peers] [--only-compressed] [DIR]
#
# DIR holds the inputs (about 3 GB; by default target/bench-data, made on first use). The peers are gigabytes of
# Python packages, installed once into target/bench-venv; --without-peers installs only NumPy, nibabel and isal.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/bench-venv
[ -d "$venv" ] || python3 -m venv "$venv"
case " $* " in
    *" --without-peers "* | *" --only-compressed "*) packages=(numpy nibabel isal) ;;
    *) packages=(--requirement benches/process/requirements.txt) ;;
esac
"$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
cargo build --release --locked --quiet
cargo bench --locked --quiet --bench inflate --no-run
exec "$venv/bin/python" benches/process/measure.py "$@"
