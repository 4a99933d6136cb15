#!/usr/bin/env bash
# Measures the error of every method against width, noise, second peak, background, border, size and shape.
#
#   docs/methods/study/run.sh [--check] [PROGRAM]
#
# Writes the tables of docs/methods/study.md and docs/methods/README.md and the figures in docs/methods/figures.
# --check computes the same, writes nothing, and fails if a file differs. PROGRAM, or SOFTARGMAX_BIN, is a softargmax
# that is already built; without it cargo builds one. Needs Python 3.10 or later, and about 400 MB of disk in target/.
set -euo pipefail

check=()
if [ "${1:-}" = --check ]; then
    check=(--check)
    shift
fi
program=${1:-${SOFTARGMAX_BIN:-}}
[ -z "$program" ] || program=$(realpath "$program")

cd "$(dirname "$0")/../../.."
if [ -z "$program" ]; then
    cargo build --release --locked --quiet
    program=${CARGO_TARGET_DIR:-target}/release/softargmax
fi

venv=target/study-venv
requirements=docs/methods/study/requirements.txt
if ! cmp --silent "$requirements" "$venv/requirements.txt"; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi
exec "$venv/bin/python" docs/methods/study/study.py "${check[@]}" "$program"
