// SPDX-License-Identifier: MIT
// Programs that other projects wrote, and the conditions that each of them runs under.
import { existsSync, readdirSync } from "node:fs";
import { Capability } from "@bpf-token/uapi";
import { bpftraceCommand, runcCommand, systemdCommand } from "./containers.mjs";

/** A compiled object of xdp-tools, which bpftool loads. */
function findObject() {
  const triple = process.arch === "x64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  const folder = `/usr/lib/${triple}/bpf`;
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const name = names.find((one) => one === "xdpfilt_alw_all.o") ?? names[0];
  return name === undefined ? "object-of-xdp-tools.o" : `${folder}/${name}`;
}

const object = findObject();

const tracing = (name) => ({ name, command: [`${name}-libbpf`], attaches: true });

/**
 * The programs. `attaches`: with all capabilities on the host, the program would attach to the kernel
 * or to an interface of this machine, so it is not run there. `prepare` returns the command of a program
 * that runs in a cgroup of its own; `about` names the process that makes the calls.
 */
export const programs = [
  { name: "bpftool prog load", command: ["bpftool", "prog", "load", object, "/sys/fs/bpf/x"] },
  {
    name: "bpftool prog loadall",
    command: ["bpftool", "prog", "loadall", object, "/sys/fs/bpf/d"],
  },
  {
    name: "bpftool map create",
    command: "bpftool map create /sys/fs/bpf/m type hash key 4 value 4 entries 1 name m".split(" "),
  },
  { name: "bpftool prog show", command: ["bpftool", "prog", "show"] },
  { name: "bpftool map show", command: ["bpftool", "map", "show"] },
  { name: "bpftool link show", command: ["bpftool", "link", "show"] },
  { name: "bpftool btf show", command: ["bpftool", "btf", "show"] },
  { name: "bpftool struct_ops show", command: ["bpftool", "struct_ops", "show"] },
  { name: "xdp-loader load", command: ["xdp-loader", "load", "lo", object], attaches: true },
  { name: "xdp-filter load", command: ["xdp-filter", "load", "lo"], attaches: true },
  { name: "xdp-bench drop", command: ["xdp-bench", "drop", "lo"], attaches: true },
  { name: "xdp-monitor", command: ["xdp-monitor"], attaches: true },
  {
    name: "bpftrace --info",
    prepare: bpftraceCommand,
    about: `bpftrace of Debian unstable tests the kernel's features. Its other commands attach programs to
the kernel.`,
  },
  {
    name: "runc run",
    prepare: runcCommand,
    about: `runc itself makes the calls, to filter devices. It knows no tokens. In a user namespace the
kernel refuses its first call, with a token and without.`,
  },
  {
    name: "systemd-run",
    prepare: systemdCommand,
    about: `systemd of Debian unstable boots as a container, and systemd-run starts units with
\`IPAddressDeny=\`, \`DevicePolicy=\` and \`RestrictNetworkInterfaces=\`. systemd-run makes no \`bpf()\` call. PID 1 of the
container makes them: its own programs without a token, and those that it loads through libbpf with one.`,
  },
  ...["execsnoop", "opensnoop", "runqlat", "vfsstat", "biolatency", "tcpconnect", "cpudist"].map(
    tracing,
  ),
];

/** Whether the program of a command is installed. */
export function isInstalled([program]) {
  const folders = (process.env.PATH ?? "").split(":");
  return folders.some((folder) => existsSync(`${folder}/${program}`));
}

const allButBpf = Object.keys(Capability).filter((name) => name !== "BPF");

const axes = {
  cmds: "token.dropped.cmd",
  maps: "token.dropped.map",
  progs: "token.dropped.prog",
  attachs: "token.dropped.attach",
};

/**
 * The conditions: what is planted, and the ids that name it. A mask lacks the one bit that the program
 * needed first.
 */
export const conditions = [
  { name: "everything delegated", expected: () => [] },
  ...Object.entries(axes).map(([axis, id]) => ({
    name: `${axis} lacks one bit`,
    axis,
    expected: () => [id],
  })),
  {
    name: "no CAP_BPF",
    // A manager needs the other capabilities too.
    caps: ({ prepare }) =>
      (prepare === undefined ? ["NET_ADMIN", "PERFMON", "SYS_ADMIN"] : allButBpf)
        .join()
        .toLowerCase(),
    expected: () => ["token.create.capable"],
  },
  {
    name: "no token",
    noToken: true,
    expected: (ids) =>
      ids.filter((id) =>
        /^(?:map\.create|prog\.load|btf\.load|bpf\.admin|btf\.fd_by_id|prog\.query)\./.test(
          `${id}.`,
        ),
      ),
  },
  { name: "seccomp EPERM", seccomp: true, expected: () => ["trace.seccomp"] },
  { name: "root on the host", host: true, expected: () => [] },
];
