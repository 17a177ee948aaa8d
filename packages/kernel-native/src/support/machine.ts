// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { Capability } from "@bpf-token/uapi";
import { findExecutor } from "../executor-path.js";
import { type HostEnvironment, readHostEnvironment } from "../probe.js";

/** Settings of the running kernel that affect bpf(). {@link describeMachine} returns them. */
export interface MachineSupport {
  /** `kernel.unprivileged_bpf_disabled`; undefined if the sysctl does not exist. */
  readonly unprivilegedBpfDisabled?: number;
  /** `user.max_user_namespaces`. */
  readonly maxUserNamespaces?: number;
  /** The security modules in the kernel's order; undefined if they are unknown. */
  readonly lsms?: readonly string[];
  /** The lockdown mode: `none`, `integrity` or `confidentiality`; undefined if it is unknown. */
  readonly lockdown?: string;
  /** Whether the kernel has BTF of itself, which names in mount options need. */
  readonly btf: boolean;
}

/** A BPF filesystem that this process can see. */
export interface VisibleBpffs {
  readonly path: string;
  /** The delegate options by axis (`cmds`, `maps`, …), as mountinfo prints them. */
  readonly delegated: Readonly<Record<string, string>>;
}

/** The credentials of this process and what it can see. {@link describeProcess} returns them. */
export interface ProcessSupport {
  readonly uid: number | undefined;
  readonly firstUserNamespace: boolean;
  /** The effective capabilities among those that bpf() checks. */
  readonly capabilities: readonly string[];
  readonly seccomp: boolean;
  readonly bpffs: readonly VisibleBpffs[];
}

const PROBE_MS = 60_000;

/**
 * Reads settings of the running kernel. It changes nothing and never throws.
 *
 * @example
 * ```ts
 * console.log(describeMachine().lsms); // [ "lockdown", "capability", … ]
 * ```
 */
export function describeMachine(options: { readonly executor?: string } = {}): MachineSupport {
  const unprivilegedBpfDisabled = sysctl("kernel/unprivileged_bpf_disabled");
  const maxUserNamespaces = sysctl("user/max_user_namespaces");
  const security = askSecurity(options.executor);
  const lsms = [...security.matchAll(/^lsm (.+)$/gm)].map(([, name = ""]) => name);
  const lockdown = /^lockdown (.+)$/m.exec(security)?.[1];
  return {
    ...(unprivilegedBpfDisabled === undefined ? {} : { unprivilegedBpfDisabled }),
    ...(maxUserNamespaces === undefined ? {} : { maxUserNamespaces }),
    ...(lsms.length === 0 ? {} : { lsms }),
    ...(lockdown === undefined ? {} : { lockdown }),
    btf: statSync("/sys/kernel/btf/vmlinux", { throwIfNoEntry: false }) !== undefined,
  };
}

/**
 * Reads the credentials of this process and its BPF filesystems. It changes nothing and never
 * throws.
 *
 * @example
 * ```ts
 * console.log(describeProcess().bpffs.map(({ path, delegated }) => [path, delegated]));
 * ```
 */
export function describeProcess(here: HostEnvironment = readHostEnvironment()): ProcessSupport {
  const asked = ["BPF", "PERFMON", "NET_ADMIN", "SYS_ADMIN"] as const;
  return {
    uid: here.uid,
    firstUserNamespace: here.firstUserNamespace,
    capabilities: asked
      .filter((name) => (here.capabilities >> BigInt(Capability[name])) & 1n)
      .map((name) => `CAP_${name}`),
    seccomp: /^Seccomp:\s+[12]$/m.test(text("/proc/self/status")),
    bpffs: readMounts(text("/proc/self/mountinfo")),
  };
}

/**
 * Returns the BPF filesystems in a mountinfo file. Of several mounts at one path the last one is on
 * top.
 */
export function readMounts(mountinfo: string): readonly VisibleBpffs[] {
  const found = new Map<string, VisibleBpffs>();
  for (const line of mountinfo.split("\n")) {
    const words = line.split(" ");
    const place = words[4];
    if (place === undefined) continue;
    const path = place.replace(/\\([0-7]{3})/g, (_, n) =>
      String.fromCharCode(Number.parseInt(n, 8)),
    );
    found.delete(path);
    // After the dash are the type, the source, which anybody chooses, and the options.
    const [type, , ...options] = words.slice(words.indexOf("-", 5) + 1);
    if (type !== "bpf") continue;
    const masks = [...`,${options.join(" ")}`.matchAll(/[ ,]delegate_(\w+)=([^,\s]+)/g)];
    const delegated = Object.fromEntries(masks.map(([, axis = "", mask = ""]) => [axis, mask]));
    found.set(path, { path, delegated });
  }
  return [...found.values()];
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function sysctl(name: string): number | undefined {
  const value = text(`/proc/sys/${name}`).trim();
  return value === "" ? undefined : Number(value);
}

function askSecurity(executor: string | undefined): string {
  const found = findExecutor(executor);
  if ("why" in found) return "";
  const run = spawnSync(found.path, ["security"], { encoding: "utf8", timeout: PROBE_MS });
  return run.status === 0 ? run.stdout : "";
}
