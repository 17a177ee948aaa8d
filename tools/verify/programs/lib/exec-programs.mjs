// SPDX-License-Identifier: MIT
// Programs and policies for a comparison of real kernels with their models.
import { join } from "node:path";
import { libbpfOf } from "./debian.mjs";
import { programs as traced } from "./programs.mjs";

const pinned = "/sys/fs/bpf/m";
const create = `bpftool map create ${pinned} type array key 4 value 4 entries 2 name m`;

const ofStats = "pinned /sys/fs/bpf/xdp_stats_map";
/** Calls on the map that the object pins. */
const stats = ["show", "lookup", "dump", "getnext", "freeze"].map(
  (word) => `bpftool map ${word} ${ofStats}${word === "lookup" ? " key 1 0 0 0" : ""}`,
);

/** A shell script that calls bpftool several times. */
const script = (name, text) => ({ name, command: ["sh", "-c", text] });

const bpftool = (...words) => ({
  name: `bpftool ${words.join(" ")}`,
  command: ["bpftool", ...words],
});
const [load, loadall] = traced;
const object = load.command.find((word) => word.endsWith(".o"));

const installed = [
  { name: load.name, command: load.command },
  { name: loadall.name, command: loadall.command },
  script("bpftool map create array", create),
  script("bpftool map create hash", create.replace("array", "hash")),
  script(
    "bpftool map create ringbuf",
    `bpftool map create ${pinned} type ringbuf entries 4096 name m`,
  ),
  script(
    "bpftool map update, lookup, dump",
    `${create} && bpftool map update pinned ${pinned} key 1 0 0 0 value 7 0 0 0 && bpftool map lookup pinned ${pinned} key 1 0 0 0; bpftool map dump pinned ${pinned}`,
  ),
  script(
    "bpftool map freeze, delete",
    `${create} && bpftool map freeze pinned ${pinned}; bpftool map delete pinned ${pinned} key 0 0 0 0; rm ${pinned}`,
  ),
  script(
    "bpftool map getnext, peek",
    `${create}; bpftool map getnext pinned ${pinned}; bpftool map peek pinned ${pinned}`,
  ),
  ...[
    ["prog", "show"],
    ["map", "show"],
    ["link", "show"],
    ["btf", "show"],
    ["struct_ops", "show"],
  ].map((words) => bpftool(...words)),
  bpftool("prog", "show", "id", "1"),
  bpftool("map", "show", "pinned", "/sys/fs/bpf/none"),
  bpftool("feature", "probe"),
  script("bpftool btf dump of an object", `bpftool btf dump file ${object}`),
  script(
    "bpftool btf dump of the kernel",
    "bpftool btf dump file /sys/kernel/btf/vmlinux | grep -c \"STRUCT 'task_struct'\"",
  ),
  script(
    "bpftool prog load, show pinned",
    `${load.command.join(" ")} && bpftool prog show pinned /sys/fs/bpf/x`,
  ),
  script(
    "bpftool prog load, access",
    `${load.command.join(" ")}; test -e /sys/fs/bpf/x; echo $?; stat -c %a /sys/fs/bpf/x; rm /sys/fs/bpf/x`,
  ),
  script(
    "bpftool prog load, map show, lookup, dump, freeze",
    [load.command.join(" "), ...stats].join("; "),
  ),
  script("bpftool version, uname", "bpftool version; uname -r | cut -d. -f1,2; id -u"),
];

const strace = (name, ...words) => ({
  name: `strace of ${name}`,
  command: ["strace", "-f", "-qq", "-e", "trace=bpf", ...words],
});

/** Programs that attach: in a user namespace, attaching is refused or has nothing to attach to. */
const attaching = [
  { name: "xdp-loader status", command: ["xdp-loader", "status", "lo"] },
  { name: "xdp-loader features", command: ["xdp-loader", "features", "lo"] },
  { name: "xdp-loader load", command: ["xdp-loader", "load", "lo", object] },
  ...["opensnoop", "vfsstat"].map((name) => ({
    name: `${name} of libbpf-tools`,
    command: [`${name}-libbpf`],
  })),
  strace("bpftool prog load", ...load.command),
  strace("bpftool map create", ...create.split(" ")),
];

/** The rows that also run with programs of Debian unstable. */
const withNewer =
  /^(bpftool (prog load|prog loadall|map create hash|map show|feature probe|btf dump of an object|prog load, access|version, uname)|xdp-loader (load|features))$/;

/**
 * The programs.
 *
 * @param unstable - a folder with programs of Debian unstable; undefined to omit them.
 * @param features - a compiled `go/features.go`; undefined to omit it.
 */
export function readPrograms(unstable, features) {
  const go = features === undefined ? [] : [{ name: GO, command: [features] }];
  return [...readOthers(unstable), ...go];
}

const GO = "features, map and program of cilium/ebpf (Go)";

function readOthers(unstable) {
  const all = [...installed, ...attaching];
  if (unstable === undefined) return all;
  const bpftool = join(unstable, "usr/sbin/bpftool");
  const library = join(unstable, "usr/lib/x86_64-linux-gnu");
  const newer = all.filter(({ name }) => withNewer.test(name));
  // bpftool lists tokens since version 7.6.
  const onlyNewer = { name: "bpftool token list", command: ["bpftool", "token", "list"] };
  const ofSid = [...newer, onlyNewer].map((program) =>
    ofUnstable(program, { unstable, bpftool, library }),
  );
  return [...all, ...ofSid];
}

/** The same program of Debian unstable, with its libraries. */
function ofUnstable({ name, command }, { unstable, bpftool, library }) {
  if (name.startsWith("bpftool")) {
    const words = command.map((word) => word.replaceAll(/\bbpftool /g, `${bpftool} `));
    if (words[0] === "bpftool") words[0] = bpftool;
    return { name: `${name} (libbpf ${libbpfOf(bpftool)})`, command: words };
  }
  const [program, ...rest] = command;
  const path = join(unstable, "usr/sbin", program);
  const start = ["env", `LD_LIBRARY_PATH=${library}`];
  return { name: `${name} (libbpf 1.7)`, command: [...start, path, ...rest] };
}

/** The files that the programs need in a guest: paths here, or `[here, there]`. */
export function filesOf(programs, unstable, which) {
  const words = programs.flatMap(({ command }) => command.join(" ").split(/[\s;&|]+/));
  const found = words.map((word) => (word.startsWith("/usr/lib") ? word : which(word)));
  const sid = unstable === undefined ? [] : libraries.map((name) => join(unstable, name));
  return [...new Set([...found.filter(Boolean), ...sid]), [which("dash"), "/usr/bin/sh"]];
}

const libraries = [
  "usr/lib/x86_64-linux-gnu/libbpf.so.1",
  "usr/lib/x86_64-linux-gnu/libxdp.so.1",
  "usr/sbin/bpftool",
  "usr/sbin/xdp-loader",
];

const rest = "maps=any,progs=any,attachs=any";
const bit = (n) => `0x${(((1n << 64n) - 1n) ^ (1n << BigInt(n))).toString(16)}`;

export const policies = [
  { short: "all", about: "everything is delegated", delegate: `cmds=any,${rest}` },
  { short: "no map_create", about: "all but this command", delegate: `cmds=${bit(0)},${rest}` },
  { short: "no prog_load", about: "all but this command", delegate: `cmds=${bit(5)},${rest}` },
  { short: "no btf_load", about: "all but this command", delegate: `cmds=${bit(18)},${rest}` },
  {
    short: "no array",
    about: "all but this map type",
    delegate: `cmds=any,maps=${bit(2)},progs=any,attachs=any`,
  },
  {
    short: "no xdp",
    about: "all but this program type",
    delegate: `cmds=any,maps=any,progs=${bit(6)},attachs=any`,
  },
  {
    short: "no attach type 0",
    about: "all but cgroup_inet_ingress",
    delegate: `cmds=any,maps=any,progs=any,attachs=${bit(0)}`,
  },
  {
    short: "no CAP_BPF",
    about: "everything is delegated to a process without it",
    delegate: `cmds=any,${rest}`,
    caps: "net_admin,perfmon,sys_admin",
  },
  { short: "no token", about: "only token_create is delegated", delegate: "cmds=token_create" },
];
