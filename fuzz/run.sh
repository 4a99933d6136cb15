#!/usr/bin/env bash
# Builds the fuzz targets and runs each for a time, or for a number of executions: one line of figures each.
#
#     fuzz/run.sh [SECONDS] [TARGET...]        60 seconds a target by default
#     fuzz/run.sh --runs N [TARGET...]
#
# FUZZ_SANITIZER=none builds without the address sanitizer, which takes most of the time: use it for long runs, after
# short ones with the sanitizer. There is almost no unsafe code to check; panics, overflows, hangs and memory use are
# found without it.
#
# Needs a nightly toolchain and cargo-fuzz, and installs neither (`cargo install --locked cargo-fuzz`). A
# crash, an input that takes longer than a second, and memory beyond 256 MiB end a target and are an error
# here; fuzz/artifacts holds the input. Seeds are the small golden and hostile files, and fuzz/seeds, which holds
# inputs that once failed. New inputs of a run are kept below the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=(-max_total_time=60)
case "${1:-}" in
--runs) limit=(-runs="$2") && shift 2 ;;
[0-9]*) limit=(-max_total_time="$1") && shift ;;
esac
targets=("$@")
[ $# -gt 0 ] || targets=(npy npz nifti text gzip layout labels points decode)

export RUSTUP_TOOLCHAIN=${FUZZ_TOOLCHAIN:-nightly}
# The sanitizer keeps freed memory for a while to catch its use; its default of 256 MiB would defeat the memory limit.
export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=0
build=$(realpath -m "${CARGO_TARGET_DIR:-fuzz/target}")
host=$(rustc -vV | sed -n 's/^host: //p')
CARGO_TARGET_DIR=$build cargo fuzz build --target "$host" --sanitizer "${FUZZ_SANITIZER:-address}"

# Possible seeds of a target, by name.
names() {
    case $1 in
    npy) echo '*.npy' ;;
    npz) echo '*.npz' ;;
    nifti) echo '*.nii *.hdr' ;;
    text) echo '*.mha *.nrrd *.mhd *.nhdr' ;;
    gzip) echo '*.gz *.npy *.nii' ;;
    points) echo '*.csv *.fcsv *.json *.tsv' ;;
    decode) echo '*.npy *.npz *.nii *.gz *.mha *.nrrd' ;;
    esac
}

# Copies the seeds of a target into a folder.
seed() {
    local target=$1 folder=$2 name source
    mkdir -p "$folder" "fuzz/artifacts/$target"
    for name in $(set -f && names "$target"); do
        for source in testdata/golden testdata/hostile testdata/points; do
            [ -d "$source" ] || continue
            find "$source" -type f -name "$name" -size -9k -exec cp -t "$folder" {} +
        done
    done
    [ ! -d "fuzz/seeds/$target" ] || cp -t "$folder" fuzz/seeds/"$target"/*
}

# A figure of libFuzzer's last lines.
figure() {
    sed -n "s/^stat::$1: *//p" "$2" | tail -n 1
}

# -detect_leaks=0, here and above: libFuzzer looks for leaks whenever a thread frees what another one allocated,
# which the pipeline does in every execution, and at the end, when threads of the last pool may still be running.
# The memory limit finds repeated leaks.
failed=0
for target in "${targets[@]}"; do
    corpus=$build/fuzz-corpus/$target log=$build/fuzz-$target.log
    seed "$target" "$corpus"
    verdict=ok
    "$build/$host/release/$target" "$corpus" "${limit[@]}" -max_len=8192 -timeout=1 -report_slow_units=1 \
        -rss_limit_mb=256 -dict=fuzz/words.dict -artifact_prefix="fuzz/artifacts/$target/" \
        -print_final_stats=1 -verbosity=1 -detect_leaks=0 >"$log" 2>&1 || verdict="FAILED, see $log"
    [ "$verdict" = ok ] || failed=1
    printf '%-7s %10s executions, %6s a second, slowest %s s, peak %s MB, %s files in the corpus: %s\n' \
        "$target" "$(figure number_of_executed_units "$log")" "$(figure average_exec_per_sec "$log")" \
        "$(figure slowest_unit_time_sec "$log")" "$(figure peak_rss_mb "$log")" \
        "$(find "$corpus" -type f | wc -l)" "$verdict"
done
exit $failed
