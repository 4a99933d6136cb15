#!/usr/bin/env bash
# Builds both containers with buildah and decodes in them.
#   packaging/container/try.sh PROGRAM FOLDER      (FOLDER takes 1 GB)
# Needs buildah, mmdebstrap and root. No registry is asked: the base of Containerfile.shell is made here, by mmdebstrap.
# Containers run by chroot: this shows that the files are right, not how an engine isolates them.
set -euo pipefail
program=$(realpath "$1") folder=$(realpath -m "$2")
source=$(realpath "$(dirname "$0")/../..")
rm -rf "$folder"; mkdir -p "$folder/context" "$folder/data"
cp "$program" "$folder/context/softargmax"
cp "$source/testdata/golden/oblique.nii.gz" "$folder/data/"
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
buildah() { command buildah --root "$folder/storage" --runroot "$folder/run" "$@"; }
decode=(decode /data/oblique.nii.gz --coords voxel,world)
"$program" decode "$folder/data/oblique.nii.gz" --coords voxel,world | sed "s#$folder##" > "$folder/expected.csv"
[ "$(grep -c ',ok,' "$folder/expected.csv")" = 5 ]

try() { # try IMAGE FILE-IN-IT
    local container; container=$(buildah from --pull-never "$1")
    buildah run --volume "$folder/data:/data" "$container" -- "$2" "${decode[@]}" > "$folder/rows.csv"
    cmp "$folder/rows.csv" "$folder/expected.csv"
    buildah rm "$container" > /dev/null
    echo "$1: the same rows"
}

buildah build --quiet --file "$source/packaging/container/Containerfile" --tag softargmax "$folder/context" > /dev/null
try softargmax /softargmax

mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -oE '^[^#]*https?://[^ ]*/debian/?( |$)' | grep -oE 'https?://[^ ]*' || true)
mirror=${mirror%%$'\n'*} mirror=${mirror%/}
mmdebstrap --quiet --variant=minbase --include=procps bookworm "$folder/base.tar" \
    "deb ${mirror:-http://deb.debian.org/debian} bookworm main"
base=$(buildah from scratch)
buildah add --quiet "$base" "$folder/base.tar" / > /dev/null
buildah commit --quiet "$base" base > /dev/null
buildah build --quiet --pull-never --build-arg BASE=localhost/base \
    --file "$source/packaging/container/Containerfile.shell" --tag softargmax-shell "$folder/context" > /dev/null
try softargmax-shell softargmax
container=$(buildah from --pull-never softargmax-shell)
buildah run "$container" -- bash -c 'ps > /dev/null && softargmax --version'
rm -rf "$folder"
