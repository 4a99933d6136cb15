#!/usr/bin/env bash
# Installs a package into a new, minimal Debian, tries it there, and removes it again.
#   packaging/debian/try.sh PACKAGE FOLDER      (FOLDER takes 300 MB)
# Needs root and mmdebstrap. Debian's packages come from the mirror of this machine.
set -euo pipefail
package=$(realpath "$1") folder=$(realpath -m "$2")
source=$(realpath "$(dirname "$0")/../..")
root=$folder/root
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -oE '^[^#]*https?://[^ ]*/debian/?( |$)' | grep -oE 'https?://[^ ]*' || true)
mirror=${mirror%%$'\n'*} mirror=${mirror%/}
rm -rf "$root"; mkdir -p "$folder"
mmdebstrap --quiet --variant=minbase bookworm "$root" "deb ${mirror:-http://deb.debian.org/debian} bookworm main"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"; }

cp "$package" "$root/tmp/softargmax.deb"
inside dpkg --install /tmp/softargmax.deb
inside softargmax --version
cp "$source/testdata/golden/oblique.nii.gz" "$root/tmp/"
inside softargmax decode /tmp/oblique.nii.gz --coords voxel,world --digits 2 | tee "$folder/rows.csv"
[ "$(grep -c ',ok,' "$folder/rows.csv")" = 5 ]
inside bash -c 'source /usr/share/bash-completion/completions/softargmax
    COMP_WORDS=(softargmax cal); COMP_CWORD=1; _softargmax softargmax cal softargmax
    [ "${COMPREPLY[*]}" = calibrate ]'
inside zcat /usr/share/man/man1/softargmax-decode.1.gz | grep -q 'softargmax-decode 1'
# Everything that the package brought, and nothing else, goes with it.
inside dpkg --verify softargmax
inside dpkg --purge softargmax
[ ! -e "$root/usr/bin/softargmax" ] && [ ! -e "$root/usr/share/doc/softargmax" ]
rm -rf "$root"
echo "installed, tried and removed in a minimal Debian"
