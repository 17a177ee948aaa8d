// SPDX-License-Identifier: MIT
import type { Task } from "@bpf-token/syscall";
import { AttachType, BPF_F, MapType, ProgType } from "@bpf-token/uapi";
import { runSteps } from "../calls/run.js";
import { bpf, type Steps } from "../calls/steps.js";
import { mapToken, progToken } from "../load/attributes.js";
import type { TokenInUse } from "../load/session.js";
import type { Token } from "../token/token.js";
import { probeBtf, type Support, simplestTypes, supportOf } from "./btf.js";

/** What a kernel has and lets a task use. */
export interface FeatureSupport {
  /** Names of maps. Since Linux 4.15. */
  readonly mapNames: Support;
  /** Arrays that can be mapped. Since Linux 5.5. */
  readonly mmapableArrays: Support;
  /** Names of programs. Since Linux 4.15. */
  readonly programNames: Support;
  /** Types: whether any are taken at all. Since Linux 4.18. */
  readonly btf: Support;
}

/**
 * Tries features with the token that loads would use, by maps and programs of types that it allows,
 * and tells what is not permitted from what is not supported. Loads do not need that: they ask for
 * what the object holds. All that is made is closed again.
 *
 * @param options - `token`: the one to use; default none.
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

/** A simple type of map that the token allows; an array if it allows none. */
function allowedMap(token: TokenInUse | undefined): number {
  const simple = [MapType.ARRAY, MapType.HASH, MapType.LRU_HASH, MapType.PERCPU_ARRAY];
  return simple.find((type) => allows(token?.masks?.maps, type)) ?? MapType.ARRAY;
}

function* probeMap(token: TokenInUse | undefined, type: number, flags: number): Steps<Support> {
  const attr = { map_type: type, key_size: 4, value_size: 8, max_entries: 1, map_name: "probe" };
  const all = { ...attr, ...mapToken(token, flags) };
  return yield* supportOf(yield* bpf("MAP_CREATE", all, { purpose: "probe" }));
}

/** Types of programs that take the simplest program, with an attach type that goes with each. */
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
