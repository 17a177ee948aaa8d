// SPDX-License-Identifier: MIT
// Programs and policies for a comparison of the running kernel with its model.
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

export const programs = [
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
