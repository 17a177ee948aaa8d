// SPDX-License-Identifier: MIT
import type { Task } from "@bpf-token/syscall";
import { AttachType, BPF_F, MapType, ProgType } from "@bpf-token/uapi";
import { runSteps } from "../calls/run.js";
import { bpf, type Steps } from "../calls/steps.js";
import { mapToken, progToken } from "../load/attributes.js";
import type { TokenInUse } from "../load/session.js";
import type { Token } from "../token/token.js";
import { probeBtf, type Support, simplestTypes, supportOf } from "./btf.js";

/** What a kernel supports and permits for a task. Returned by {@link probeFeatures}. */
export interface FeatureSupport {
  /** Map names. Since Linux 4.15. */
  readonly mapNames: Support;
  /** Arrays with `BPF_F_MMAPABLE`. Since Linux 5.5. */
  readonly mmapableArrays: Support;
  /** Program names. Since Linux 4.15. */
  readonly programNames: Support;
  /** Any BTF at all. Since Linux 4.18. */
  readonly btf: Support;
}

/**
 * Probes features with the token that loads would use. It creates maps and programs of types that
 * the token allows, and closes them again. The result distinguishes "not permitted" from "not
 * supported". You need no probes before a load.
 *
 * @param options - `token`: the token to use; default none.
 * @example
 * ```ts
 * probeFeatures(task, { token: findToken(task).token }).btf; // "supported"
 * ```
 */
export function probeFeatures(
  task: Task,
  options: { readonly token?: Token } = {},
): FeatureSupport {
  return runSteps(task, probeAll(options.token?.inUse()));
}

function* probeAll(token: TokenInUse | undefined): Steps<FeatureSupport> {
  return {
    mapNames: yield* probeMap(token, allowedMap(token), 0),
    mmapableArrays: yield* probeMap(token, MapType.ARRAY, BPF_F.MMAPABLE),
    programNames: yield* probeProgram(token),
    btf: yield* probeBtf(simplestTypes, token),
  };
}

const allows = (mask: bigint | undefined, bit: number): boolean =>
  mask === undefined || ((mask >> BigInt(bit)) & 1n) === 1n;

/** Returns a simple map type that the token allows; ARRAY if it allows none. */
function allowedMap(token: TokenInUse | undefined): number {
  const simple = [MapType.ARRAY, MapType.HASH, MapType.LRU_HASH, MapType.PERCPU_ARRAY];
  return simple.find((type) => allows(token?.masks?.maps, type)) ?? MapType.ARRAY;
}

function* probeMap(token: TokenInUse | undefined, type: number, flags: number): Steps<Support> {
  const attr = { map_type: type, key_size: 4, value_size: 8, max_entries: 1, map_name: "probe" };
  const all = { ...attr, ...mapToken(token, flags) };
  return yield* supportOf(yield* bpf("MAP_CREATE", all, { purpose: "probe" }));
}

/** Program types for which a minimal program is valid, with an attach type for each. */
const simplePrograms: readonly (readonly [type: number, attach: number])[] = [
  [ProgType.SOCKET_FILTER, AttachType.CGROUP_INET_INGRESS],
  [ProgType.CGROUP_SKB, AttachType.CGROUP_INET_INGRESS],
  [ProgType.XDP, AttachType.XDP],
  [ProgType.SCHED_CLS, AttachType.CGROUP_INET_INGRESS],
  [ProgType.TRACEPOINT, AttachType.CGROUP_INET_INGRESS],
];

/** `r0 = 0; exit`. */
const nothing = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

function* probeProgram(token: TokenInUse | undefined): Steps<Support> {
  const { progs, attachs } = token?.masks ?? {};
  const [first] = simplePrograms;
  const [type, attach] =
    simplePrograms.find(([prog, kind]) => allows(progs, prog) && allows(attachs, kind)) ??
    (first as readonly [number, number]);
  const attr = {
    prog_type: type,
    expected_attach_type: attach,
    prog_name: "probe",
    license: "GPL",
    insn_cnt: nothing.length / 8,
    insns: { bytes: nothing, dir: "in" as const },
    ...progToken(token),
  };
  return yield* supportOf(yield* bpf("PROG_LOAD", attr, { purpose: "probe" }));
}
