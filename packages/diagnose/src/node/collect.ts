// SPDX-License-Identifier: MIT
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { release as runningRelease } from "node:os";
import { FACTS_SCHEMA, type Facts, type UnknownFact } from "../facts.js";
import { lockdownIn, managerIn, statusField } from "../proc.js";
import { readMounts } from "./mounts.js";
import { findOldHook, HOOK_PROGRAM } from "./old-hook.js";
import { INITIAL_USERNS } from "./proc-files.js";
import { readRunsc } from "./runsc.js";

/**
 * The facts of a process cannot be read. The message says why, and what to do.
 *
 * @example
 * ```ts
 * try {
 *   collectFacts(4711);
 * } catch (error) {
 *   if (error instanceof CollectError) console.error(error.message);
 * }
 * ```
 */
export class CollectError extends Error {
  override readonly name = "CollectError" as const;
}

/** Where {@link collectFacts} reads. */
export interface CollectOptions {
  /** The mount point of proc; default `/proc`. */
  readonly proc?: string;
  /** The mount point of sysfs; default `/sys`. */
  readonly sys?: string;
  /** The running kernel; default that of this machine. */
  readonly release?: string;
  /** Where the OCI hook of this project is installed; default `/usr/local/libexec/bpf-token-hook`. */
  readonly hook?: string;
}

/**
 * Reads the facts of a process. It changes nothing, and makes no bpf() call.
 *
 * @param pid - the id of the process as this process sees it.
 * @throws {@link CollectError} if there is no such process, it has exited, or this process may not
 *   read its namespaces.
 * @example
 * ```ts
 * const facts = collectFacts(4711);
 * ```
 */
export function collectFacts(pid: number, options: CollectOptions = {}): Facts {
  const { proc = "/proc", sys = "/sys", release = runningRelease() } = options;
  const own = `${proc}/${pid}`;
  if (!existsSync(proc) || !existsSync(`${proc}/self/status`)) {
    throw new CollectError(`there is no ${proc}: processes can be read only on Linux`);
  }
  const status = required(`${own}/status`, pid, (path) => readFileSync(path, "utf8"));
  const mounts = required(`${own}/mountinfo`, pid, readMounts);
  const unknown: UnknownFact[] = [];
  if (mounts.cut) {
    const why = `${own}/mountinfo has more than 256 MiB, and doctor reads no more`;
    unknown.push({ fact: "BPF filesystems at the end of mountinfo", why });
  }
  const inode = userNamespace(own, pid);
  const host = hostDevices(proc, inode, unknown);
  const manager = managerIn(optional("cgroup", `${own}/cgroup`, unknown) ?? "");
  const runsc = readRunsc(proc, pid, readsFromHost(proc));
  const oldHook = findOldHook(options.hook ?? HOOK_PROGRAM);
  return {
    schema: FACTS_SCHEMA,
    pid,
    release,
    ...processFacts(status),
    userns: { inode, initial: inode === INITIAL_USERNS },
    ...networkFact(proc, own),
    bpffs: mounts.bpffs.map((mount) =>
      host === undefined ? mount : { ...mount, onHost: host.has(mount.device) },
    ),
    ...kernelFacts(proc, sys, unknown),
    ...(manager === undefined ? {} : { manager }),
    ...(runsc === undefined ? {} : { runsc }),
    ...(oldHook === undefined ? {} : { oldHook }),
    unknown,
  };
}

type ProcessFacts = "program" | "uid" | "capabilities" | "seccomp" | "noNewPrivileges";

function processFacts(status: string): Pick<Facts, ProcessFacts> {
  const set = (name: string): string => statusField(status, name) ?? "0";
  return {
    program: statusField(status, "Name") ?? "?",
    uid: numberIn(statusField(status, "Uid")?.split(/\s+/)[1], -1),
    capabilities: {
      effective: set("CapEff"),
      permitted: set("CapPrm"),
      inheritable: set("CapInh"),
      bounding: set("CapBnd"),
      ambient: set("CapAmb"),
    },
    seccomp: numberIn(statusField(status, "Seccomp"), 0),
    noNewPrivileges: statusField(status, "NoNewPrivs") === "1",
  };
}

const numberIn = (text: string | undefined, missing: number): number =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : missing;

type KernelFacts = "unprivilegedBpfDisabled" | "perfEventParanoid" | "lsms" | "lockdown" | "btf";

function kernelFacts(proc: string, sys: string, unknown: UnknownFact[]): Pick<Facts, KernelFacts> {
  const number = (fact: string, name: string): number | undefined => {
    const text = optional(fact, `${proc}/sys/kernel/${name}`, unknown)?.trim();
    return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
  };
  const lsms = optional("lsms", `${sys}/kernel/security/lsm`, unknown);
  const lockdown = lockdownIn(
    optional("lockdown", `${sys}/kernel/security/lockdown`, unknown) ?? "",
  );
  const unprivileged = number("sysctl", "unprivileged_bpf_disabled");
  const paranoid = number("perf_event_paranoid", "perf_event_paranoid");
  return {
    ...(unprivileged === undefined ? {} : { unprivilegedBpfDisabled: unprivileged }),
    ...(paranoid === undefined ? {} : { perfEventParanoid: paranoid }),
    ...(lsms === undefined ? {} : { lsms: lsms.trim().split(",") }),
    ...(lockdown === undefined ? {} : { lockdown }),
    btf: existsSync(`${sys}/kernel/btf/vmlinux`),
  };
}

/** Reads a file that may be missing; then the facts list it as unknown. */
function optional(fact: string, path: string, unknown: UnknownFact[]): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    unknown.push({ fact, why: `${path}: ${codeOf(error)}` });
    return undefined;
  }
}

function required<T>(path: string, pid: number, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ESRCH") {
      throw new CollectError(`there is no process ${pid}, or it has exited`);
    }
    throw new CollectError(`cannot read ${path}: ${code}; read it as root`);
  }
}

function userNamespace(own: string, pid: number): number {
  let link: string;
  try {
    link = readlinkSync(`${own}/ns/user`);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") throw new CollectError(`there is no process ${pid}, or it has exited`);
    throw new CollectError(
      `cannot read the user namespace of process ${pid}: ${code}; run it as root`,
    );
  }
  return Number(/^user:\[(\d+)\]$/.exec(link)?.[1] ?? 0);
}

/** Whether this process is on the host, where process 1 is that of the host, too. */
const readsFromHost = (proc: string): boolean =>
  readlinkSync(`${proc}/self/ns/user`) === `user:[${INITIAL_USERNS}]`;

/** Whether the process is in the network namespace of process 1, which the host owns. */
function networkFact(proc: string, own: string): Pick<Facts, "hostNetwork"> {
  if (!readsFromHost(proc)) return {};
  try {
    return { hostNetwork: readlinkSync(`${own}/ns/net`) === readlinkSync(`${proc}/1/ns/net`) };
  } catch {
    return {};
  }
}

/**
 * The device numbers of the host's BPF filesystems: those that a reader in the initial user namespace
 * sees itself. Undefined for a reader inside a container.
 */
function hostDevices(
  proc: string,
  inode: number,
  unknown: UnknownFact[],
): ReadonlySet<string> | undefined {
  if (!readsFromHost(proc)) {
    if (inode !== INITIAL_USERNS) {
      unknown.push({ fact: "mounts of the host", why: "this process runs inside a container" });
    }
    return undefined;
  }
  // Process 1 has the mounts of the host, also if the reader has a mount namespace of its own.
  const all = [`${proc}/1/mountinfo`, `${proc}/self/mountinfo`].flatMap((path) => {
    try {
      return [readMounts(path)];
    } catch {
      return [];
    }
  });
  if (all.some(({ cut }) => cut)) {
    unknown.push({ fact: "mounts of the host", why: "their list has more than 256 MiB" });
    return undefined;
  }
  return new Set(all.flatMap(({ bpffs }) => bpffs.map(({ device }) => device)));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
