// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fdinfo, getCapabilities, raw, readFile, type Task } from "@bpf-token/syscall";
import { AT, CAP_LAST_CAP, PR } from "@bpf-token/uapi";
import type { CallMaker } from "./call-maker.js";
import { fullRelease, readIds, version } from "./identity.js";
import { BTF_PATH, type KernelBtf } from "./kernel-btf.js";
import { translateFdinfo } from "./machine.js";
import { int } from "./numbers.js";
import type { Outcome } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** Files that the other kernel has, and whose contents decide something about BPF. */
const ofKernel: ReadonlySet<string> = new Set([
  "/proc/sys/kernel/unprivileged_bpf_disabled",
  "/proc/sys/user/max_user_namespaces",
]);

/** The host's configuration says nothing of the other kernel. Debian's kernels do not have this file. */
const CONFIGURATION = "/proc/config.gz";
/** A path that does not exist there. */
const NOWHERE = "/tmp/none";

/** A path of the host whose file the other kernel has: `path` from the directory `dirfd`. */
export interface KernelFile {
  readonly dirfd: number;
  readonly path: string;
  /** Whether it is a file of /proc, where open() creates nothing. */
  readonly exists?: boolean;
  /** For a namespace: the process, and the kind. */
  readonly namespace?: { readonly of: Task; readonly kind: "user" | "mnt" };
}

/** What /proc and /sys say of the other kernel and of the program in it. */
export class ProcFiles {
  readonly #maker: CallMaker;
  readonly #btf: KernelBtf;

  constructor(maker: CallMaker, btf: KernelBtf) {
    this.#maker = maker;
    this.#btf = btf;
  }

  /** The file of the other kernel that a path names. */
  find(process: ProgramProcess, path: string): KernelFile | undefined {
    if (ofKernel.has(path)) return { dirfd: AT.FDCWD, path, exists: true };
    if (path === CONFIGURATION) return { dirfd: AT.FDCWD, path: NOWHERE };
    const [of, name = ""] = this.#processOf(process, path);
    if (of === undefined) return undefined;
    const [, kind] = /^ns\/(user|mnt)$/.exec(name) ?? [];
    const own = of === process ? "/proc/self" : `/proc/${of.task.pid}`;
    if (kind !== undefined) {
      const namespace = { of: of.task, kind: kind as "user" | "mnt" };
      return { dirfd: AT.FDCWD, path: `${own}/${name}`, namespace };
    }
    if (/^(uid_map|gid_map|setgroups)$/.test(name))
      return { dirfd: AT.FDCWD, path: `${own}/${name}`, exists: true };
    const [, number, rest] = /^fd\/(\d+)(?:\/(.*))?$/.exec(name) ?? [];
    if (number === undefined || of !== process) return undefined;
    if (this.#maker.processes.file(process, Number(number)) === undefined) return undefined;
    const fd = this.#maker.processes.modelFd(process, Number(number));
    const isDirectory = this.#maker.kernel
      .openFds(process.task)
      .some((open) => open.fd === fd && open.kind === "dir");
    if (!isDirectory) return { dirfd: AT.FDCWD, path: `/proc/self/fd/${fd}` };
    return { dirfd: fd, path: rest === undefined || rest === "" ? "." : rest };
  }

  /** The number in a path of /proc/PID/fd, as the other kernel has it: for readlink(2). */
  link(process: ProgramProcess, path: string): string | undefined {
    const [of, name = ""] = this.#processOf(process, path);
    const [, number] = /^fd\/(\d+)$/.exec(name) ?? [];
    if (of !== process || number === undefined) return undefined;
    if (this.#maker.processes.file(process, Number(number)) === undefined) return undefined;
    return `/proc/self/fd/${this.#maker.processes.modelFd(process, Number(number))}`;
  }

  /** The contents of a file that is opened; undefined for one that the host has. */
  open(process: ProgramProcess, path: string, cloexec: boolean): Outcome | undefined {
    const contents = this.#contents(process, path);
    return contents === undefined ? undefined : { kind: "text", text: contents, cloexec };
  }

  #contents(process: ProgramProcess, path: string): Uint8Array | undefined {
    const { kernel, processes } = this.#maker;
    switch (path) {
      case BTF_PATH:
        return this.#btf.own;
      // Loaders allocate the values of per-CPU maps by this; the model and guests have one CPU.
      case "/sys/devices/system/cpu/possible":
        return bytes("0\n");
      case "/proc/sys/kernel/osrelease":
        return bytes(`${fullRelease(kernel)}\n`);
      case "/proc/version":
        return bytes(`Linux version ${fullRelease(kernel)} ${version(kernel)}\n`);
    }
    const [of, name = ""] =
      path === "/proc/mounts" ? [process, "mounts"] : this.#processOf(process, path);
    if (of === undefined) return undefined;
    const [, number] = /^fdinfo\/(\d+)$/.exec(name) ?? [];
    if (number !== undefined) {
      if (processes.file(of, Number(number)) === undefined) return undefined;
      return bytes(translateFdinfo(fdinfo(of.task, processes.modelFd(of, Number(number)))));
    }
    switch (name) {
      case "mounts":
        return bytes(allMounts(of, "mounts", 2));
      case "mountinfo":
        return bytes(allMounts(of, "mountinfo", -1));
      case "status":
        return bytes(status(of));
      default:
        return undefined;
    }
  }

  /** The process that a path of /proc names, and the rest of the path. */
  #processOf(
    process: ProgramProcess,
    path: string,
  ): readonly [of: ProgramProcess | undefined, name?: string] {
    const [, of, name] = /^\/proc\/(self|thread-self|\d+)\/(.+)$/.exec(path) ?? [];
    if (of === undefined || name === undefined) return [undefined];
    if (of === "self" || of === "thread-self" || Number(of) === process.pid) return [process, name];
    return [this.#maker.processes.withPid(int(BigInt(of))), name];
  }
}

/** The host's mounts, but with the other kernel's BPF filesystems. */
function allMounts({ pid, task }: ProgramProcess, file: string, typeField: number): string {
  const isBpf = (line: string): boolean => {
    const fields = line.split(" ");
    return fields[typeField < 0 ? fields.indexOf("-") + 1 : typeField] === "bpf";
  };
  const host = readFileSync(`/proc/${pid}/${file}`, "utf8").split("\n");
  const own = readFile(task, `/proc/self/${file}`).split("\n");
  return [...host.filter((line) => line !== "" && !isBpf(line)), ...own.filter(isBpf), ""].join(
    "\n",
  );
}

/** The host's file with the ids and capabilities of the other kernel. */
function status({ pid, task, groups }: ProgramProcess): string {
  const { effective, permitted, inheritable } = getCapabilities(task);
  const own: Readonly<Record<string, string>> = {
    Uid: ids(task, "uid"),
    Gid: ids(task, "gid"),
    Groups: `${groups.join(" ")} `,
    CapInh: hex(inheritable),
    CapPrm: hex(permitted),
    CapEff: hex(effective),
    CapBnd: hex(mask((cap) => raw.prctl(task, PR.CAPBSET_READ, cap, 0, 0, 0))),
    CapAmb: hex(mask((cap) => raw.prctl(task, PR.CAP_AMBIENT, IS_SET, cap, 0, 0))),
    NoNewPrivs: `${Math.max(raw.prctl(task, PR.GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0)}`,
    Seccomp: "0",
    Seccomp_filters: "0",
  };
  const host = readFileSync(`/proc/${pid}/status`, "latin1");
  return host.replace(/^(\w+):\t.*$/gm, (line, name: string) =>
    own[name] === undefined ? line : `${name}:\t${own[name]}`,
  );
}

/** PR_CAP_AMBIENT_IS_SET. */
const IS_SET = 1;

function mask(ask: (cap: number) => number): bigint {
  let found = 0n;
  for (let cap = 0; cap <= CAP_LAST_CAP; cap++) if (ask(cap) === 1) found |= 1n << BigInt(cap);
  return found;
}

function hex(set: bigint): string {
  return set.toString(16).padStart(16, "0");
}

function ids(task: Task, of: "uid" | "gid"): string {
  const [real, effective, saved] = readIds(task, of);
  return [real, effective, saved, effective].join("\t");
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
