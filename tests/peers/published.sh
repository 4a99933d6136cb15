#!/usr/bin/env bash
# Runs tests/peers/published with the decoders that it compares with, in its own virtual environment, made on first use
# in target/: several gigabytes, most of them PyTorch.
#
#   tests/peers/published.sh [--seed S] [--cases N] [--only NAME,...] [--require]
#
# Needs Python 3.11 or later. A decoder that pip cannot install is left out and reported; --require makes it an error.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/published-venv
here=tests/peers/published
pip() { "$venv/bin/pip" --disable-pip-version-check --quiet "$@"; }

# pip's last line is the reason; it is kept for the report.
try() {
    local name=$1
    shift
    if ! pip install "$@" 2>"$venv/pip.log"; then
        grep . "$venv/pip.log" | tail -1 >"$venv/not-installed/$name"
    fi
}

if ! cat "$here/requirements.txt" "$here/decoders.txt" | cmp --silent - "$venv/made-from.txt"; then
    python3 -m venv --clear "$venv"
    mkdir "$venv/not-installed"
    # PyTorch's own index has builds without CUDA; if it cannot be reached, the usual index is used.
    torch=$(grep '^torch==' "$here/requirements.txt")
    pip install --retries 0 --timeout 10 --index-url https://download.pytorch.org/whl/cpu "$torch" 2>"$venv/pip.log" || true
    pip install --requirement "$here/requirements.txt"
    # A name, then packages; those of `older-...` are installed apart from the others.
    grep -v '^#' "$here/decoders.txt" | while read -r name packages; do
        target=()
        [[ $name == older-* ]] && target=(--target "$venv/apart/$name")
        # shellcheck disable=SC2086 # several packages a line
        try "$name" "${target[@]}" $packages </dev/null
    done
    cat "$here/requirements.txt" "$here/decoders.txt" >"$venv/made-from.txt"
fi
PYTHONPATH=tests/peers exec "$venv/bin/python" -m published "$@"
