// SPDX-License-Identifier: MIT
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../guest/lib/run.mjs";
import { addScript, makeArchive } from "./root.mjs";

const loader = "/usr/sbin/bpftool prog load /root/count.bpf.o /sys/fs/bpf/x";

/** The containers and the results of a guest with Incus: the policy, and one bit less. */
export function prepareIncus({ full, less }) {
  const without = less.find(({ axis }) => axis === "maps") ?? less[0];
  const cases = [
    { name: "full", lines: full, load: { code: 0 } },
    {
      ...{ name: `without-${without.name}`, lines: without.lines },
      load: { code: "failed", text: /EPERM|Operation not permitted/ },
    },
  ];
  return {
    packages: ["systemd", "systemd-sysv", "dbus", "incus-base", "uidmap", "libbpf1", "bpftool"],
    memory: "6G",
    expected: Object.fromEntries(cases.map(({ name, load }) => [name, load])),
    prepare: ({ place, object, cache }) => {
      addImage(place, object, cache);
      for (const file of ["subuid", "subgid"]) {
        writeFileSync(join(place, "etc", file), "root:1000000:1000000000\n");
      }
      addScript(place, [start, ...cases.map(script)].join("\n"));
    },
  };
}

/** An image of a container: busybox as init, bpftool, and the object. */
function addImage(place, object, cache) {
  const archive = join(cache, "image.tar");
  const packages = ["busybox-static", "bpftool", "libbpf1", "libc6"];
  if (!existsSync(archive)) makeArchive(archive, packages, "extract");
  const image = join(place, "root/image");
  const rootfs = join(image, "rootfs");
  mkdirSync(rootfs, { recursive: true });
  run("tar", ["-xf", archive], rootfs);
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    if (!existsSync(join(rootfs, name))) symlinkSync(`usr/${name}`, join(rootfs, name));
  }
  for (const name of ["dev", "etc", "proc", "root", "run", "sys", "tmp"]) {
    mkdirSync(join(rootfs, name), { recursive: true });
  }
  symlinkSync("../bin/busybox", join(rootfs, "usr/sbin/init"));
  symlinkSync("busybox", join(rootfs, "usr/bin/sh"));
  writeFileSync(join(rootfs, "etc/inittab"), "::sysinit:/bin/busybox true\n");
  cpSync(object, join(rootfs, "root/count.bpf.o"));
  const metadata = { architecture: "x86_64", creation_date: 1, properties: { os: "test" } };
  writeFileSync(join(image, "metadata.yaml"), JSON.stringify(metadata));
  run("tar", ["-cf", "../image.tar", "metadata.yaml", "rootfs"], image);
  run("rm", ["-r", image], place);
}

const start = `incus --version
systemctl start incus
incus admin waitready --timeout=300 || journalctl -u incus --no-pager -o cat
incus admin init --preseed <<PRESEED
storage_pools:
- name: default
  driver: dir
profiles:
- name: default
  devices:
    root: {path: /, pool: default, type: disk}
PRESEED
incus image import /root/image.tar --alias test`;

function script({ name, lines }) {
  return `incus init test ${name}
${lines.map((line) => `incus config set ${name} '${line}'`).join("\n")}
incus start ${name} || incus info --show-log ${name}
incus exec ${name} -- ${loader}
echo "RESULT ${name} $?"`;
}
