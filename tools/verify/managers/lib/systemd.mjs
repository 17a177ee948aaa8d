// SPDX-License-Identifier: MIT
import { cpSync } from "node:fs";
import { join } from "node:path";
import { addScript, addUnit, program } from "./root.mjs";

/** The packages of the root file system. */
export const systemdPackages = ["systemd", "systemd-sysv", "dbus", "libbpf1", "bpftool"];

const loader = "/usr/sbin/bpftool prog load /root/count.bpf.o /sys/fs/bpf/x";

/** The units and the results of a guest with systemd. */
export function prepareSystemd({ full, less }) {
  const cases = [
    { name: "full", lines: full, load: { code: 0 } },
    ...less.map(({ axis, name, lines }, i) => ({
      ...{ name: `without-${axis}-${name}`, lines },
      load: { code: "failed", text: /EPERM|Operation not permitted/ },
      // Node starts slowly in an emulated guest, so doctor looks at one bit of each mask.
      ...(less[i - 1]?.axis !== axis && { doctor: { code: 1, text: lacks(name) } }),
    })),
  ];
  const results = cases.flatMap(({ name, load, doctor }) => [
    [name, load],
    ...(doctor === undefined ? [] : [[`doctor-${name}`, doctor]]),
  ]);
  return {
    packages: systemdPackages,
    memory: "3G",
    expected: Object.fromEntries(results),
    prepare: ({ place, object }) => {
      cpSync(object, join(place, "root/count.bpf.o"));
      for (const { name, lines } of cases) {
        addUnit(place, `${name}.service`, unit("oneshot", loader, lines));
        addUnit(place, `look-${name}.service`, unit("exec", "/usr/bin/sleep infinity", lines));
      }
      addScript(place, ["systemctl --version | head -n 1", ...cases.map(script)].join("\n"));
    },
  };
}

/** What doctor prints about a missing bit. */
function lacks(name) {
  return new RegExp(`the token lacks [^.]*\\b${name}\\b`, "i");
}

function unit(type, command, [, ...settings]) {
  return ["[Service]", `Type=${type}`, `ExecStart=${command}`, ...settings, ""].join("\n");
}

function script({ name, doctor }) {
  const load = `systemctl start ${name}.service; code=$?
journalctl -u ${name}.service --no-pager -o cat
echo "RESULT ${name} $code"`;
  if (doctor === undefined) return load;
  return `${load}
systemctl start look-${name}.service
${program} doctor --no-color --container look-${name}.service count.bpf.o
echo "RESULT doctor-${name} $?"`;
}
