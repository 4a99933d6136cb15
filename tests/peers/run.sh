#!/usr/bin/env bash
# Runs tests/peers/run.py in its own virtual environment, made on first use in target/.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/peers-venv
requirements=tests/peers/requirements.txt
if ! cmp --silent "$requirements" "$venv/requirements.txt"; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi
exec "$venv/bin/python" tests/peers/run.py "$@"
