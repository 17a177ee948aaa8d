// SPDX-License-Identifier: MIT
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import { assertOneOf, assertOptions, BpfError } from "@bpf-token/syscall";
import { type BpfCmdName, defaultRelease, Errno } from "@bpf-token/uapi";
import type { Answer, Purpose, Step, Steps } from "../calls/steps.js";
import { type Addresses, addressesIn } from "../calls/symbols.js";
import { LoadError } from "../load/errors.js";
import { loadObject } from "../load/load.js";
import { type LoadOptions, sessionOptions } from "../load/options.js";
import type { LoadNote } from "../load/session.js";
import type { TokenSource } from "../token/discover.js";
import { loadAsLibbpf } from "./libbpf/libbpf.js";
import type { LibbpfFeature } from "./libbpf/samples.js";

/** A bpf(2) call that a load would make. See {@link Plan}. */
export interface PlannedCall {
  /** The command without prefix. */
  readonly cmd: BpfCmdName;
  /** The fields that are set, with the kernel's names; memory as bytes. */
  readonly attr: Readonly<Record<string, unknown>>;
  /** Why the loader makes the call. */
  readonly purpose: Purpose;
  /** The map or program of the call; empty if it has none. */
  readonly subject: string;
  /** For a probe of libbpf: the feature that it tests. */
  readonly feature?: LibbpfFeature;
  /** The fd or number that later planned calls assume as the result. */
  readonly answer: number;
}

/** Options of {@link plan}. They also describe the kernel, because a plan makes no calls. */
export interface PlanOptions extends Omit<LoadOptions, "token" | "env" | "maps" | "targets"> {
  /** Whether to plan a load with a token. Default false. */
  readonly token?: boolean;
  /**
   * Whose feature probes to include. `"bpf-token"`, the default, is this loader, which makes none
   * unless the kernel refuses something. `"libbpf"` adds the probes of libbpf 1.5 to 1.7, for a
   * process that loads nothing else, on a kernel with all features. A policy that suffices for the
   * object can fail in these probes. libbpf makes them with the token, except `memcg_account` and
   * one of the two `prog_name` probes.
   *
   * The repository's `oracle` tool compares the probes with libbpf 1.5 and 1.7 for objects from
   * Debian packages. Probes of other loaders, such as cilium/ebpf and aya, are not included.
   */
  readonly loader?: "bpf-token" | "libbpf";
  /** Number of possible CPUs. Default 1. */
  readonly processors?: number;
  /** Release of the kernel, as `uname -r` prints it. Default: the newest that is known. */
  readonly release?: string;
  /** The contents of `/proc/kallsyms`, for objects that need addresses of symbols. */
  readonly kallsyms?: string | Uint8Array;
}

/** The keys of {@link PlanOptions}. */
const names: readonly (keyof PlanOptions)[] = [
  ...(["token", "loader", "kernelBtf", "programs", "variables", "contents", "pinRoot"] as const),
  ...(["btf", "externs", "kconfig", "processors", "release", "kallsyms"] as const),
];

/** The result of {@link plan}. */
export interface Plan {
  /** The calls in order. */
  readonly calls: readonly PlannedCall[];
  /** What the loader would do differently from what the object asks for. */
  readonly notes: readonly LoadNote[];
  /** Why the load would fail, if it would. */
  readonly failure?: LoadError;
}

/** The first fd of the plan: after those that every process has. */
const FIRST_FD = 3;

/**
 * Computes the bpf(2) calls that {@link Collection.load} would make on a kernel that accepts all of
 * them. Makes no system call.
 *
 * @returns the calls. If the load would fail, the calls before the failure, and the reason.
 * @throws ObjectFormatError for a malformed file; RangeError for options that name maps or programs
 *   which the object does not have; TypeError for an unknown option or loader.
 * @example
 * ```ts
 * for (const { cmd, subject } of plan(bytes, { token: true }).calls) console.log(cmd, subject);
 * ```
 */
export function plan(object: ObjectSpec | Uint8Array, options: PlanOptions = {}): Plan {
  assertOptions("plan", options, names);
  const spec = object instanceof Uint8Array ? parseObject(object) : object;
  const { token = false, loader = "bpf-token", ...rest } = options;
  assertOneOf("plan: loader", loader, ["bpf-token", "libbpf"]);
  const choice: TokenSource = token
    ? { kind: "path", path: "/sys/fs/bpf" }
    : { kind: "never", why: "the plan has no token" };
  const planner = new Planner(options);
  const session = sessionOptions(spec, rest, options.release ?? defaultRelease);
  const { calls } = planner;
  const load = loader === "libbpf" ? loadAsLibbpf : loadObject;
  try {
    const { notes } = planner.run(load(spec, session, choice));
    return { calls, notes };
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return { calls, notes: [], failure: error };
  }
}

/** Commands that return a file descriptor. */
const opening: ReadonlySet<BpfCmdName> = new Set([
  ...(["MAP_CREATE", "PROG_LOAD", "BTF_LOAD", "TOKEN_CREATE"] as const),
]);

/** Commands that look for objects, of which the planned kernel has none. */
const absent: ReadonlySet<BpfCmdName> = new Set(["OBJ_GET", "BTF_GET_NEXT_ID"] as const);

/** A kernel that accepts every call and contains no objects. */
class Planner {
  readonly calls: PlannedCall[] = [];
  readonly #options: PlanOptions;
  #fd = FIRST_FD;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  run<T>(steps: Steps<T>): T {
    let next = steps.next();
    while (next.done !== true) next = steps.next(this.#answer(next.value));
    return next.value;
  }

  #answer(step: Step): Answer {
    switch (step.do) {
      case "bpf": {
        const { cmd, attr, purpose, subject = "" } = step;
        const tried = step.feature as LibbpfFeature | undefined;
        const feature = tried === undefined ? {} : { feature: tried };
        const answer = absent.has(cmd) ? -Errno.ENOENT : opening.has(cmd) ? this.#fd++ : 0;
        this.calls.push({ cmd, attr: plain(attr), purpose, subject, ...feature, answer });
        return answer;
      }
      case "open":
        return this.#fd++;
      case "close":
        return 0;
      case "read":
        return this.#file(step.path) ?? -Errno.ENOENT;
      case "kernelBtf":
        return this.#options.kernelBtf;
      case "symbols":
        return this.#symbols(step.names);
      case "commonAttrs":
        return false;
      case "hasFilter":
        return false;
      case "capabilities":
        return undefined;
      case "explain":
        return new BpfError(step.call, step.errno);
    }
  }

  #file(path: string): Uint8Array | undefined {
    const { processors = 1 } = this.#options;
    if (path !== "/sys/devices/system/cpu/possible") return undefined;
    return new TextEncoder().encode(`0-${processors - 1}`);
  }

  #symbols(names: readonly string[]): Addresses {
    const { kallsyms = "" } = this.#options;
    const list = typeof kallsyms === "string" ? new TextEncoder().encode(kallsyms) : kallsyms;
    return addressesIn(list, names);
  }
}

/** Replaces memory by its bytes. */
function plain(attr: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(attr).map(([name, value]) => [
      name,
      typeof value === "object" && value !== null && "bytes" in value ? value.bytes : value,
    ]),
  );
}
