# SPDX-License-Identifier: MIT
# Runs a command in a cgroup of its own: cgroup.sh NAME COMMAND...
# Needs root and a mount namespace of its own.
set -e
mount -t cgroup2 cgroup2 /mnt
mkdir -p "/mnt/$1"
echo $$ >"/mnt/$1/cgroup.procs"
umount /mnt
shift
exec "$@"
