# SPDX-License-Identifier: MIT
# Runs a command with cgroup v2, as in its container: container.sh COMMAND...
# Needs a mount namespace and a cgroup namespace of its own. The files of the machine are read-only.
set -e
mount -o remount,bind,ro /
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
exec "$@"
