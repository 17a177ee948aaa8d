// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { release as osRelease } from "node:os";
import { errnoName, linuxCode, releaseCode } from "@bpf-token/uapi/names";
import { findExecutor } from "./executor-path.js";
import { Limit } from "./generated/protocol.js";
import { isProgramArch, programArchs } from "./prebuilt.js";

/** What the running kernel and this process support. {@link probeNative} returns it. */
export interface NativeSupport {
  /** Whether {@link openNativeKernel} works and the kernel has tokens. */
  readonly ok: boolean;
  /** Release of the running kernel, as in `uname -r`. */
  readonly release: string;
  /** What is missing and how to get it, in one sentence. Present only if `ok` is false. */
  readonly why?: string;
  /** Whether the probe could create a token; false also if it could not try. */
  readonly tokens: boolean;
  /** Whether BPF_OBJ_GET_INFO_BY_FD returns a token's masks. Since Linux 6.17. */
  readonly tokenInfo: boolean;
  /** The executor that would be used, if there is one. */
  readonly executor?: string;
}

/** Properties of the host and of this process that are checked before an executor is started. */
export interface HostEnvironment {
  readonly platform: string;
  readonly arch: string;
  readonly release: string;
  readonly uid: number | undefined;
  /** The effective capability set of the process. */
  readonly capabilities: bigint;
  /** Whether the process is in the initial user namespace. */
  readonly firstUserNamespace: boolean;
  /** The hard limit of file descriptors, if there is one. */
  readonly fdLimit?: number;
  /** Why properties of the process could not be read, if they could not. */
  readonly unreadable?: string;
}

const OLDEST = "6.9";
const CAP_SYS_ADMIN = 21n;
const CAP_SYS_RESOURCE = 24n;
/** Inode number of the initial user namespace, the same on every host. */
const INITIAL_USER_NS_INODE = 0xefff_fffd;
const PROBE_MS = 60_000;

/**
 * Returns whether this process can open the running kernel. It tries: it creates a token in its own
 * namespaces and closes it. It changes nothing and never throws.
 *
 * @param options.executor - an executor to use in place of the bundled one.
 * @param options.host - describes the host and this process, for tests. Default: read from the
 *   system.
 * @example
 * ```ts
 * const support = probeNative();
 * if (!support.ok) console.log(support.why); // it needs root
 * ```
 */
export function probeNative(
  options: { readonly executor?: string; readonly host?: HostEnvironment | undefined } = {},
): NativeSupport {
  const here = options.host ?? readHostEnvironment();
  const no = (why: string, executor?: string): NativeSupport => ({
    ok: false,
    release: here.release,
    why,
    tokens: false,
    tokenInfo: false,
    ...(executor === undefined ? {} : { executor }),
  });
  const obstacle = executorObstacle(here);
  if (obstacle !== undefined) return no(obstacle);
  const found = findExecutor(options.executor);
  if ("why" in found) return no(found.why);
  const answers = runProbe(found.path);
  if (typeof answers === "string") return no(answers, found.path);
  const failed = ["userns", "bpffs", "token"].find((name) => answers.get(name) !== 0);
  if (failed !== undefined) return no(explain(failed, answers.get(failed)), found.path);
  const tokenInfo = answers.get("token_info") === 0;
  return { ok: true, release: here.release, tokens: true, tokenInfo, executor: found.path };
}

/** Returns the first missing requirement, in the order in which a user would fix them. */
export function firstObstacle(here: HostEnvironment): string | undefined {
  if (here.platform !== "linux") {
    return `it needs Linux ${OLDEST} or newer, and this is ${here.platform}`;
  }
  if (!isProgramArch(here.arch)) {
    return `its executor is built for ${programArchs.join(" and ")}, and this is ${here.arch}`;
  }
  if ((linuxCode(here.release) ?? 0) < releaseCode(OLDEST)) {
    return `BPF tokens came with Linux ${OLDEST}, and this is ${here.release}`;
  }
  if (here.unreadable !== undefined) return here.unreadable;
  if (here.uid !== 0) return "it needs root";
  if (!here.firstUserNamespace) {
    return "it needs host root, and this is a user namespace (a rootless container?)";
  }
  if (!holds(here, CAP_SYS_ADMIN)) {
    return "it needs CAP_SYS_ADMIN, which this process does not have (a container?)";
  }
  return undefined;
}

/** Returns the first missing requirement of the executor, which has tasks with many open files. */
export function executorObstacle(here: HostEnvironment): string | undefined {
  const obstacle = firstObstacle(here);
  const { fdLimit = Number.POSITIVE_INFINITY } = here;
  if (obstacle !== undefined || fdLimit >= Limit.NOFILE_HARD || holds(here, CAP_SYS_RESOURCE)) {
    return obstacle;
  }
  const how =
    "Fix: raise it (LimitNOFILE= of a systemd unit, 'ulimit -Hn'), or add CAP_SYS_RESOURCE";
  return `the hard limit of file descriptors is ${fdLimit}, and it needs ${Limit.NOFILE_HARD}. ${how}`;
}

function holds({ capabilities }: HostEnvironment, capability: bigint): boolean {
  return ((capabilities >> capability) & 1n) !== 0n;
}

/** Reads the properties of the host and of this process. */
export function readHostEnvironment(): HostEnvironment {
  const host = {
    platform: process.platform,
    arch: process.arch,
    release: osRelease(),
    uid: process.geteuid?.(),
    capabilities: 0n,
    firstUserNamespace: false,
  };
  if (host.platform !== "linux") return host;
  try {
    return { ...host, ...readProcess() };
  } catch (error) {
    return { ...host, unreadable: whyUnreadable(error as NodeJS.ErrnoException) };
  }
}

function readProcess(): Pick<HostEnvironment, "capabilities" | "firstUserNamespace" | "fdLimit"> {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  const limits = readFileSync("/proc/self/limits", "utf8");
  const [, fdLimit] = /^Max open files +\w+ +(\d+)/m.exec(limits) ?? [];
  return {
    capabilities: BigInt(`0x${mask?.[1] ?? "0"}`),
    firstUserNamespace: statSync("/proc/self/ns/user").ino === INITIAL_USER_NS_INODE,
    ...(fdLimit !== undefined && { fdLimit: Number(fdLimit) }),
  };
}

/** A process without free file descriptors cannot read them, and must not look like one without root. */
function whyUnreadable({ code, path, message }: NodeJS.ErrnoException): string {
  const how =
    code === "EMFILE" ? ". Fix: raise the limit of file descriptors ('ulimit -n 1024')" : "";
  return `${path ?? "/proc"} cannot be read: ${code ?? message}${how}`;
}

/** Returns the results of the executor's probe by name, or the reason why there are none. */
function runProbe(executor: string): ReadonlyMap<string, number> | string {
  const run = spawnSync(executor, ["probe"], { encoding: "utf8", timeout: PROBE_MS });
  if (run.error !== undefined) return `the executor does not run: ${run.error.message}`;
  const lines = run.stdout.split("\n").map((line) => /^(\w+) (\d+)$/.exec(line));
  const answers = new Map(lines.map((m) => [m?.[1] ?? "", Number(m?.[2])]));
  if (!answers.has("protocol")) return `${executor} is not an executor of this project`;
  return answers;
}

const steps: Readonly<Record<string, string>> = {
  userns: "creating a user namespace and a bpffs context in it",
  bpffs: "mounting a bpffs with delegate options",
  token: "creating a token",
};

function explain(step: string, errno: number | undefined): string {
  const what = steps[step] ?? step;
  if (errno === undefined) return `the executor reported no result of ${what}`;
  return `the kernel refused ${what} with ${errnoName(errno) ?? `error ${errno}`}`;
}
