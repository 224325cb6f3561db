#!/bin/sh
# Runs a command in the folder `package` of a folder, inside a root folder: ROOT FOLDER VECTORS [NAME=VALUE …] COMMAND …
# `unshare --mount` starts it: what is mounted here is seen by this one command only. The compiler needs /proc, the tests need /dev.
set -e
root=$1 folder=$2 vectors=$3
shift 3
mkdir -p "$root/larkspur" "$root/vectors"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$folder" "$root/larkspur"
mount --bind "$vectors" "$root/vectors"
exec chroot "$root" /usr/bin/env --ignore-environment --chdir=/larkspur/package PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 "$@"
