#!/usr/bin/env bash
# Builds the static program for Linux. The same sources and the same Rust give the same bytes, in whatever folder and by
# whatever user: no path of the machine is in the program (`.ci/reproducible` holds it to that).
#   packaging/static.sh FOLDER [TRIPLE]      (default: x86_64-unknown-linux-gnu; the program is FOLDER/softargmax)
# CARGO_TARGET_DIR says where it is built, by default target/static. Needs the static GNU C library (Debian: libc6-dev).
# With musl (x86_64-unknown-linux-musl) it works too, and takes 1.5 times as long for a large .npy: its malloc gives
# buffers back to the system each time.
set -euo pipefail
folder=$(realpath -m "$1") triple=${2:-x86_64-unknown-linux-gnu}
cd "$(dirname "$0")/.."
command -v rustup >/dev/null && rustup target add --toolchain "$(rustup show active-toolchain | cut -d' ' -f1)" "$triple"

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/static}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0}
home=${CARGO_HOME:-$HOME/.cargo}
cargo fetch --locked --quiet --target "$triple"

# Sources, crates and what build scripts write get fixed names. With a separator that no path has.
flags=(-C target-feature=+crt-static --remap-path-prefix="$PWD=/softargmax" --remap-path-prefix="$CARGO_TARGET_DIR=/target")
for crates in "$home"/registry/src/*; do flags+=(--remap-path-prefix="$crates=/crates"); done
CARGO_ENCODED_RUSTFLAGS=$(printf '%s\x1f' "${flags[@]}")
export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%$'\x1f'} CARGO_INCREMENTAL=0
unset RUSTFLAGS
cargo build --release --locked --quiet --target "$triple"

mkdir -p "$folder"
install -m 755 "$CARGO_TARGET_DIR/$triple/release/softargmax" "$folder/softargmax"
