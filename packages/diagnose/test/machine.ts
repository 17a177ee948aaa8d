// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

const INITIAL = "user:[4026531837]";
/** A user namespace of a container. */
export const OTHER = "user:[4026532177]";
/** `/proc/4711/status`. */
export const status = `Name:\tagent
Uid:\t1000\t1001\t1000\t1000
CapInh:\t0000000000000000
CapPrm:\t0000008000001000
CapEff:\t0000008000000000
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
`;
const hostLine = "30 22 0:39 / /sys/fs/bpf rw - bpf bpf rw";
const ownLine = "67 47 0:40 / /sys/fs/bpf rw - bpf none rw,delegate_cmds=map_create";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A proc and a sys with the process 4711 in a container, read by the process `self`. */
export function machine(reader = INITIAL): { proc: string; sys: string; release: string } {
  const folder = mkdtempSync(join(tmpdir(), "diagnose-"));
  folders.push(folder);
  const proc = join(folder, "proc");
  const sys = join(folder, "sys");
  const put = (path: string, text: string): void => {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [pid, namespace, mounts] of [
    ["self", reader, hostLine],
    ["1", INITIAL, hostLine],
    ["4711", OTHER, `${hostLine}\n${ownLine}`],
  ] as const) {
    put(`${proc}/${pid}/status`, status);
    put(`${proc}/${pid}/mountinfo`, `${mounts}\n`);
    mkdirSync(`${proc}/${pid}/ns`);
    symlinkSync(namespace, `${proc}/${pid}/ns/user`);
    symlinkSync("net:[4026531840]", `${proc}/${pid}/ns/net`);
  }
  put(`${proc}/4711/cgroup`, "0::/system.slice/agent.service\n");
  put(`${proc}/sys/kernel/unprivileged_bpf_disabled`, "2\n");
  put(`${proc}/sys/kernel/perf_event_paranoid`, "-1\n");
  put(`${sys}/kernel/security/lsm`, "capability,landlock,bpf");
  put(`${sys}/kernel/security/lockdown`, "none [integrity] confidentiality\n");
  put(`${sys}/kernel/btf/vmlinux`, "");
  return { proc, sys, release: "6.18.44" };
}

/** Replaces files of a folder. */
export function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
