// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { release as osRelease } from "node:os";
import { errnoName, releaseCode } from "@bpf-token/uapi/names";
import { findExecutor } from "./executor-path.js";

/** What the running kernel and this process can do. */
export interface NativeSupport {
  /** Whether {@link openNativeKernel} works and its kernel has tokens. */
  readonly ok: boolean;
  /** Release of the running kernel, as `uname -r` says it. */
  readonly release: string;
  /** What is missing and how to get it, in one sentence; only if not {@link NativeSupport.ok}. */
  readonly why?: string;
  /** Whether a token was made; false also where that could not be tried. */
  readonly tokens: boolean;
  /** Whether a token told its masks, BPF_OBJ_GET_INFO_BY_FD. Since Linux 6.17. */
  readonly tokenInfo: boolean;
  /** The executor that would be used, if there is one. */
  readonly executor?: string;
}

/** What stands in the way before an executor is even looked for. */
export interface HostEnvironment {
  readonly platform: string;
  readonly arch: string;
  readonly release: string;
  readonly uid: number | undefined;
  /** The effective capability set of the process. */
  readonly capabilities: bigint;
  /** Whether the process is in the first user namespace of the machine. */
  readonly firstUserNamespace: boolean;
}

const OLDEST = "6.9";
const CAP_SYS_ADMIN = 21n;
/** Inode number that the kernel gives to its first user namespace, on every machine. */
const INITIAL_USER_NS_INODE = 0xefff_fffd;
const PROBE_MS = 60_000;

/**
 * Finds out whether the running kernel can be driven from this process, by trying: a token is made
 * in a namespace of its own and dropped. Changes nothing, and never throws.
 *
 * @param options.executor - a program to use in place of the bundled executor.
 * @param options.host - the machine and this process, for those who know better.
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
  const obstacle = firstObstacle(here);
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

/** The first thing that is missing, in the order in which a person would mend it. */
export function firstObstacle(here: HostEnvironment): string | undefined {
  if (here.platform !== "linux") {
    return `it needs Linux ${OLDEST} or newer, and this is ${here.platform}`;
  }
  if (here.arch !== "x64") return `its executor is built for x64, and this is ${here.arch}`;
  const version = /^(\d+)\.(\d+)/.exec(here.release);
  const code = Number(version?.[1] ?? 0) * 1000 + Number(version?.[2] ?? 0);
  if (code < releaseCode(OLDEST)) {
    return `BPF tokens came with Linux ${OLDEST}, and this is ${here.release}`;
  }
  if (here.uid !== 0) return "it needs root";
  if (!here.firstUserNamespace) {
    return "it needs root of the machine, and this is a user namespace (a rootless container?)";
  }
  if (((here.capabilities >> CAP_SYS_ADMIN) & 1n) === 0n) {
    return "it needs CAP_SYS_ADMIN, which this process does not have (a container?)";
  }
  return undefined;
}

/** What this process can see of itself. */
export function readHostEnvironment(): HostEnvironment {
  return {
    platform: process.platform,
    arch: process.arch,
    release: osRelease(),
    uid: process.geteuid?.(),
    capabilities: effectiveCapabilities(),
    firstUserNamespace: isInInitialUserNamespace(),
  };
}

function effectiveCapabilities(): bigint {
  try {
    const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return BigInt(`0x${mask?.[1] ?? "0"}`);
  } catch {
    return 0n;
  }
}

function isInInitialUserNamespace(): boolean {
  try {
    return statSync("/proc/self/ns/user").ino === INITIAL_USER_NS_INODE;
  } catch {
    return false;
  }
}

/** The executor's answers by name, or the reason why there are none. */
function runProbe(executor: string): ReadonlyMap<string, number> | string {
  const run = spawnSync(executor, ["probe"], { encoding: "utf8", timeout: PROBE_MS });
  if (run.error !== undefined) return `the executor does not run: ${run.error.message}`;
  const lines = run.stdout.split("\n").map((line) => /^(\w+) (\d+)$/.exec(line));
  const answers = new Map(lines.map((m) => [m?.[1] ?? "", Number(m?.[2])]));
  if (!answers.has("protocol")) return `${executor} is not an executor of this project`;
  return answers;
}

const steps: Readonly<Record<string, string>> = {
  userns: "making a user namespace and a BPF FS context in it",
  bpffs: "mounting a delegated BPF FS",
  token: "making a token",
};

function explain(step: string, errno: number | undefined): string {
  const what = steps[step] ?? step;
  if (errno === undefined) return `${what} got no answer from the kernel`;
  return `${what} is refused by the kernel with ${errnoName(errno) ?? `error ${errno}`}`;
}
