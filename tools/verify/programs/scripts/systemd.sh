# SPDX-License-Identifier: MIT
# Boots systemd of a root file system as a container that runs systemd-run: systemd.sh ROOT
# Needs a mount, PID, network and cgroup namespace of its own.
set -e
mount --rbind "$1" "$1"
cd "$1"
mount --rbind /sys sys
mount -o remount,bind,ro sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
for name in null zero full random urandom; do
  : >dev/$name
  mount --bind /dev/$name dev/$name
done
mkdir -p run/systemd/system
cat >run/systemd/system/try.service <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
Environment=RUN='systemd-run --quiet -p DefaultDependencies=no -p Type=oneshot'
ExecStart=-/bin/sh -c '$RUN -p IPAddressDeny=any true'
ExecStart=-/bin/sh -c '$RUN -p DevicePolicy=strict true'
ExecStart=-/bin/sh -c '$RUN -p RestrictNetworkInterfaces=lo true'
ExecStart=systemctl exit
UNIT
mount -o remount,bind,ro .
exec env container=other chroot . /lib/systemd/systemd \
  --unit=try.service --log-target=null --show-status=false </dev/null
