# SPDX-License-Identifier: MIT
# Runs a program of another root file system: chroot.sh ROOT COMMAND...
# Needs a mount namespace of its own.
set -e
mount --rbind "$1" "$1"
cd "$1"
for name in sys proc dev; do mount --rbind /$name $name; done
mount -t tmpfs tmpfs run
mount -o remount,bind,ro .
shift
exec chroot . "$@"
