#!/usr/bin/env bash
# Times whole processes: cat, softargmax, and the peers. See docs/performance.md.
#
#   benches/process/run.sh [--rounds N] [--without-peers] [--only-compressed] [DIR]
#   benches/process/run.sh --front-page FILE [--torch-python PYTHON]      # only what the README states
#
# DIR holds the inputs (about 3 GB; by default target/bench-data, made on first use). The peers are gigabytes of
# Python packages, installed once into target/bench-venv; --without-peers installs only NumPy, nibabel and isal.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/bench-venv
[ -d "$venv" ] || python3 -m venv "$venv"
case " $* " in
    *" --without-peers "* | *" --only-compressed "* | *" --torch-python "*) packages=(numpy nibabel isal) ;;
    *" --front-page "*) packages=(numpy nibabel torch) ;;
    *) packages=(--requirement benches/process/requirements.txt) ;;
esac
"$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
cargo build --release --locked --quiet
case " $* " in
    *" --front-page "*) ;;
    *) cargo bench --locked --quiet --bench inflate --no-run ;;
esac
exec "$venv/bin/python" benches/process/measure.py "$@"
