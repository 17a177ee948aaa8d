// SPDX-License-Identifier: MIT
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import { type BpfCmdName, Errno } from "@bpf-token/uapi";
import type { Answer, Purpose, Step, Steps } from "../calls/steps.js";
import { type Addresses, addressesIn } from "../calls/symbols.js";
import { LoadError } from "../load/errors.js";
import { loadObject } from "../load/load.js";
import { type LoadOptions, sessionOptions } from "../load/options.js";
import type { LoadNote } from "../load/session.js";
import type { TokenSource } from "../token/discover.js";
import { loadAsLibbpf } from "./libbpf/libbpf.js";
import type { LibbpfFeature } from "./libbpf/samples.js";

/** A bpf(2) that a load would make. */
export interface PlannedCall {
  /** The command without prefix. */
  readonly cmd: BpfCmdName;
  /** The fields that are given, by their names in the kernel; memory as bytes. */
  readonly attr: Readonly<Record<string, unknown>>;
  /** What it is for. */
  readonly purpose: Purpose;
  /** The map or program that it is about; empty if it is about none. */
  readonly subject: string;
  /** Of a probe of libbpf: what of the kernel it tries. */
  readonly feature?: LibbpfFeature;
  /** The descriptor or number that later calls take it to have answered. */
  readonly answer: number;
}

/** What a plan has to know of a kernel that nobody asks. */
export interface PlanOptions extends Omit<LoadOptions, "token" | "env" | "maps" | "targets"> {
  /** Whether it is a load with a token. Default false. */
  readonly token?: boolean;
  /**
   * Whose feature probes there are. `"bpf-token"`, the default: this loader, which makes none where
   * nothing is refused. `"libbpf"`: those of libbpf 1.5 as well, where that makes them, for a process
   * that loads nothing else, on a kernel that has everything; the other calls stay those of this loader.
   * A policy that suits an object can fail in them. With a token they are made with it, but for
   * two that libbpf makes without: `memcg_account`, and `prog_name` once more.
   *
   * The repository's tool `oracle` compares them with what libbpf 1.5.0 makes for the objects of
   * Debian's packages. The probes of other loaders, cilium/ebpf and aya, are not planned: there is
   * nothing here that could prove them.
   */
  readonly loader?: "bpf-token" | "libbpf";
  /** How many processors there may be. Default 1. */
  readonly processors?: number;
  /** Release of the kernel, as `uname -r` has it. Default `6.18`. */
  readonly release?: string;
  /** The text of `/proc/kallsyms`, for objects that want addresses of symbols. */
  readonly kallsyms?: string | Uint8Array;
}

/** What a load would do. */
export interface Plan {
  /** The calls in their order. */
  readonly calls: readonly PlannedCall[];
  /** What would be done otherwise than the object asks. */
  readonly notes: readonly LoadNote[];
  /** Why it would end there: what can be loaded nowhere, or not on such a kernel. */
  readonly failure?: LoadError;
}

/** Where a first descriptor would be: behind those that every process has. */
const FIRST_FD = 3;

/**
 * The bpf(2) calls that {@link Collection.load} would make of a kernel that takes all of them, without
 * making any.
 *
 * @returns the calls; where it could not be loaded, those before it, and why.
 * @throws ObjectFormatError for a malformed file; RangeError for options that name what the object does
 *   not have.
 */
export function plan(object: ObjectSpec | Uint8Array, options: PlanOptions = {}): Plan {
  const spec = object instanceof Uint8Array ? parseObject(object) : object;
  const { token = false, loader = "bpf-token", ...rest } = options;
  const choice: TokenSource = token
    ? { kind: "path", path: "/sys/fs/bpf" }
    : { kind: "never", why: "it is a plan without" };
  const planner = new Planner(options);
  const session = sessionOptions(spec, rest, options.release ?? "6.18");
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

/** Commands that answer a descriptor. */
const opening: ReadonlySet<BpfCmdName> = new Set([
  ...(["MAP_CREATE", "PROG_LOAD", "BTF_LOAD", "TOKEN_CREATE"] as const),
]);

/** Commands that look for what such a kernel has not. */
const absent: ReadonlySet<BpfCmdName> = new Set(["OBJ_GET", "BTF_GET_NEXT_ID"] as const);

/** A kernel that takes everything and has nothing. */
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

/** Memory as its bytes; addresses are known to nobody. */
function plain(attr: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(attr).map(([name, value]) => [
      name,
      typeof value === "object" && value !== null && "bytes" in value ? value.bytes : value,
    ]),
  );
}
