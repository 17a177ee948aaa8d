// SPDX-License-Identifier: MIT
// A recorded /proc of a whole host.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";

/** The number of the initial user namespace. */
export const INITIAL = 4026531837;
const BPF = 1n << 39n;
/** Masks of capabilities. */
export const caps = { BPF, PERFMON: 1n << 38n, NET_ADMIN: 1n << 12n, SYS_ADMIN: 1n << 21n };

/** A process, as far as it differs from one of the host. */
export interface TreeProcess {
  readonly name?: string;
  readonly userns?: number;
  readonly mnt?: number;
  readonly net?: number;
  readonly root?: string;
  readonly cgroup?: string;
  readonly permitted?: bigint;
  readonly bounding?: bigint;
  readonly noNewPrivileges?: boolean;
  readonly mountinfo?: string;
  /** The text of fdinfo, by descriptor. */
  readonly fds?: Readonly<Record<string, string>>;
  readonly start?: number;
}

/** A line of mountinfo. */
export const bpffs = (id: number, device: string, options: string, path = "/sys/fs/bpf"): string =>
  `${id} 1 ${device} / ${path} rw - bpf none rw${options === "" ? "" : `,${options}`}\n`;

/** The fdinfo of a token. */
export const tokenInfo = (mount: number, inode: number, masks: readonly string[]): string =>
  [
    `pos:\t0\nflags:\t02000002\nmnt_id:\t${mount}\nino:\t${inode}`,
    ...["cmds", "maps", "progs", "attachs"].map((axis, i) => `allowed_${axis}:\t${masks[i]}`),
    "",
  ].join("\n");

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Where a tree is. */
export interface Tree {
  readonly proc: string;
  readonly sys: string;
  readonly root: string;
  readonly release: string;
}

/** Writes a /proc with process 1, the reader `self` and others, and files of managers below the root. */
export function hostTree(
  processes: Readonly<Record<string, TreeProcess>>,
  files: Readonly<Record<string, string>> = {},
): Tree {
  const root = mkdtempSync(join(tmpdir(), "host-tree-"));
  folders.push(root);
  const proc = join(root, "proc");
  for (const [pid, one] of Object.entries({ self: {}, 1: {}, ...processes })) {
    writeProcess(join(proc, pid), one);
    mkdirSync(join(proc, pid, "task", pid), { recursive: true });
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { proc, sys: join(root, "sys"), root, release: "6.18.44" };
}

/** Writes the files of a process or thread. */
export function writeProcess(folder: string, one: TreeProcess): void {
  const hex = (mask: bigint): string => mask.toString(16).padStart(16, "0");
  const { permitted = 0n, bounding = 0n, noNewPrivileges = false, fds = {} } = one;
  mkdirSync(join(folder, "ns"), { recursive: true });
  mkdirSync(join(folder, "fdinfo"));
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  put(
    "status",
    `Name:\t${one.name ?? "agent"}\nCapPrm:\t${hex(permitted)}\nCapBnd:\t${hex(bounding)}\nNoNewPrivs:\t${noNewPrivileges ? 1 : 0}\n`,
  );
  put("stat", `7 (a) b) S ${"0 ".repeat(18)}${one.start ?? 5} 0\n`);
  put("cgroup", one.cgroup ?? "0::/\n");
  put("mountinfo", one.mountinfo ?? bpffs(30, "0:39", ""));
  for (const [fd, text] of Object.entries(fds)) put(`fdinfo/${fd}`, text);
  const namespaces = { user: one.userns ?? INITIAL, mnt: one.mnt ?? 1, net: one.net ?? 2 };
  for (const [name, inode] of Object.entries({ ...namespaces, pid: 4026531836 })) {
    symlinkSync(`${name}:[${inode}]`, join(folder, "ns", name));
  }
  symlinkSync(one.root ?? "/", join(folder, "root"));
}
