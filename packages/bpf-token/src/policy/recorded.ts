// SPDX-License-Identifier: MIT
import { type DelegationMasks, delegationMasks, delegationOf } from "@bpf-token/delegation";
import type { RecordedCall, RecordedCalls } from "@bpf-token/diagnose";
import {
  helperName,
  type LoadedMaps,
  loadedPerfmonUses,
  type Need,
  type NeedAxis,
  type PerfmonUse,
  perfmonNeed,
} from "@bpf-token/object";
import { assertOptions } from "@bpf-token/syscall";
import {
  BpfCmd,
  Capability,
  type CapabilityName,
  callNeeds,
  type KernelRelease,
  MapType,
  newestRelease,
  ProgType,
} from "@bpf-token/uapi";
import { consequenceOf, type Situation } from "./consequences.js";
import { type ComputedPerfmon, perfmonReason, unprovenSentences } from "./perfmon.js";
import {
  joinReasons,
  type Policy,
  type PolicyReason,
  reasonOf,
  unknownTo,
  versionsOf,
} from "./policy.js";
import { outOfReach, reachOf } from "./reach.js";
import { recordedNotes } from "./recorded-notes.js";
import { isFirstTest, isHandled, isNeedless, isTest, usesLibbpf } from "./recorded-tests.js";
import { fieldHelpers, typedMaps } from "./types.js";

/** Options of {@link policyOfCalls}. */
export interface RecordedPolicyOptions {
  /** The release that the policy is for. Default: the newest known one. */
  readonly release?: KernelRelease;
}

/**
 * Computes the least policy for the bpf() calls of a recording. It counts refused calls too, because the
 * program wanted them. If some calls pass a token, only these count: no delegation permits the others.
 *
 * @throws RangeError for an unknown release; TypeError for an unknown option.
 * @example
 * ```ts
 * const reader = new RecordedCallReader(); // of @bpf-token/diagnose
 * reader.push(await readFile("strace.log", "utf8"));
 * const { delegation, open } = policyOfCalls(reader.finish());
 * ```
 */
export function policyOfCalls(
  recorded: RecordedCalls,
  options: RecordedPolicyOptions = {},
): Policy {
  assertOptions("policyOfCalls", options, ["release"]);
  const { release = newestRelease } = options;
  const { calls } = recorded;
  const withToken = calls.some(({ token }) => token);
  const created = calls.filter((call) => isCreate(call, calls));
  const counted = created.filter((call) => {
    return (!withToken || call.token) && !isNeedless(call, calls) && !isHandled(call, calls);
  });
  const { needs, own } = needsOfCalls(calls, counted);
  const masks = masksOfNeeds(needs);
  const perfmon = recordedPerfmon(own, calls, counted, options.release);
  const ruled = reasonsOf(needs, own, calls, counted);
  const reasons = joinReasons([
    ...ruled,
    ...(perfmon.reason === undefined ? [] : [perfmon.reason]),
  ]);
  const loaded = own.filter(({ axis }) => axis === "progs").map(({ bit }) => bit);
  return {
    loader: "the recorded program",
    delegation: delegationOf(masks, release),
    capabilities: reasons.filter(({ axis }) => axis === "caps").map(({ name }) => name),
    reasons,
    versions: versionsOf(masks),
    reach: reachOf(masks),
    proof: unprovenSentences([perfmon], loaded.length > 0, PROVE),
    open: [...recordedNotes(recorded, created, counted), ...outOfReach(loaded)],
    unknown: unknownTo(masks, release),
  };
}

/** The bits that the calls with a token need, those of tests and of refused calls included. */
export const masksOfCalls = ({ calls }: RecordedCalls): DelegationMasks =>
  masksOfNeeds(calls.filter(({ token }) => token).flatMap((call) => needsOf(call, "")));

function masksOfNeeds(needs: readonly Need[]): DelegationMasks {
  const bits = (axis: NeedAxis): number[] =>
    needs.filter((need) => need.axis === axis).map(({ bit }) => bit);
  return delegationMasks({
    ...{ cmds: bits("cmds"), maps: bits("maps") },
    ...{ progs: bits("progs"), attachs: bits("attachs") },
  });
}

/** What the calls need, and what of it is not only for tests of the loader. */
function needsOfCalls(
  calls: readonly RecordedCall[],
  counted: readonly RecordedCall[],
): { readonly needs: readonly Need[]; readonly own: readonly Need[] } {
  const tests = counted.filter((call) => isTest(call, calls));
  const real = counted.filter((call) => !isTest(call, calls));
  const own = mergeNeeds(real.flatMap((call) => needsOf(call, textOf(call))));
  const tested = tests.flatMap((call) => needsOf(call, `${placeOf(call)}, a test of the loader`));
  return { own, needs: mergeNeeds([...own, ...tested]) };
}

/** Maps whose elements are not plain memory. */
const pointerMaps: ReadonlySet<number> = new Set([
  ...[MapType.SOCKMAP, MapType.SOCKHASH, MapType.XSKMAP, MapType.ARENA],
  ...[MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS],
]);

const PROVE = "To prove it, run bpf-token policy OBJECT --prove.";

/** What holds for every map of the recording. Of one that was not created in it, nothing is known. */
function mapsOf(calls: readonly RecordedCall[]): LoadedMaps {
  const foreign = calls.some(({ command }) => /^(?:OBJ_GET|MAP_GET_FD_BY_ID)$/.test(command));
  const types = calls.filter(({ command }) => command === "MAP_CREATE").map(({ type }) => type);
  return {
    holdPointers: foreign || types.some((type) => type === undefined || pointerMaps.has(type)),
    haveKernelFields: foreign || calls.some(({ kernelFields }) => kernelFields === true),
  };
}

/** Computes CAP_PERFMON from the instructions of the programs that are no tests of the loader. */
function recordedPerfmon(
  own: readonly Need[],
  calls: readonly RecordedCall[],
  counted: readonly RecordedCall[],
  release: KernelRelease | undefined,
): ComputedPerfmon {
  if (own.some(({ axis, name }) => axis === "caps" && name === "perfmon")) {
    return { reason: undefined, isRule: true };
  }
  const maps = mapsOf(calls);
  const programs = counted.flatMap((call) => {
    const { type, instructions: { bytes } = {} } = call;
    if (bytes === undefined || type === undefined || isTest(call, calls)) return [];
    return [{ call, uses: loadedPerfmonUses(bytes, type, maps) }];
  });
  const place = ({
    call,
    use,
  }: {
    readonly call: RecordedCall;
    readonly use: PerfmonUse;
  }): string => `${textOf(call)}, instruction ${use.insn}: ${use.text}`;
  const [need] = perfmonNeed(programs, place, release);
  return {
    reason: need === undefined ? undefined : perfmonReason(need.because, need.basis),
    isRule: false,
  };
}

function reasonsOf(
  needs: readonly Need[],
  own: readonly Need[],
  calls: readonly RecordedCall[],
  counted: readonly RecordedCall[],
): readonly PolicyReason[] {
  const libbpf = usesLibbpf(calls);
  const first = counted.some(isFirstTest);
  const has = (some: readonly Need[]) => (axis: NeedAxis, bit: number) =>
    some.some((need) => need.axis === axis && need.bit === bit);
  const situation: Situation = {
    loader: {
      title: "a loader that needs types",
      probes: first ? "libbpf" : "libbpf-head",
      btf: libbpf ? "optional" : "needed",
      notes: [],
    },
    ...{ own: has(own), has: has(needs) },
    ...{ variables: new Set<string>(), usesVariables: false },
    withoutTypes: withoutTypes(counted),
  };
  const reasons = needs.map((need) => {
    const known = libbpf || situation.own(need.axis, need.bit);
    return reasonOf(need, known ? consequenceOf(need, situation) : lost, "");
  });
  return joinReasons(reasons);
}

const lost = { fails: false, text: "the loader treats a feature of the kernel as missing" };

/** Whether a token can permit a call. Loaders pass none to BTF_GET_FD_BY_ID, except for freplace. */
function isCreate({ command, token }: RecordedCall, calls: readonly RecordedCall[]): boolean {
  if (command !== "BTF_GET_FD_BY_ID") return /^(?:MAP_CREATE|PROG_LOAD|BTF_LOAD)$/.test(command);
  return token || calls.some((call) => call.command === "PROG_LOAD" && call.type === ProgType.EXT);
}

const placeOf = ({ number, line }: RecordedCall): string => `call ${number} (line ${line})`;

/** A call in reasons: `call 12 (line 133), map flows`. */
function textOf(call: RecordedCall): string {
  const { command, name } = call;
  const kind = { MAP_CREATE: "map ", PROG_LOAD: "program " }[command];
  return placeOf(call) + (kind === undefined || name === "" ? "" : `, ${kind}${name}`);
}

function needsOf(call: RecordedCall, why: string): readonly Need[] {
  const { command, type, attach, instructions, log } = call;
  const shape = {
    cmd: BpfCmd[command as keyof typeof BpfCmd],
    ...(command === "MAP_CREATE" && { mapType: type }),
    ...(command === "PROG_LOAD" && { progType: type, attachType: attach }),
    helpers: instructions?.helpers ?? [],
  };
  const { bits, capabilities } = callNeeds(shape);
  const need = (name: CapabilityName, because: string): Need => ({
    ...{ axis: "caps", name: name.toLowerCase(), bit: Capability[name] },
    because: [because],
  });
  const own = capabilities
    .filter(({ name }) => name !== "BPF")
    .map(({ name, helper }) =>
      need(name, helper === undefined ? why : `${why}, which calls bpf_${helperName(helper)}()`),
    );
  const reason = log.split("\n").find((line) => prohibited.test(line));
  const isKnown = reason === undefined || own.some(({ name }) => name === "perfmon");
  return [
    ...bits.flatMap(({ axis, bit }): readonly Need[] =>
      bit < 64 ? [{ axis, name: String(bit), bit, because: [why] }] : [],
    ),
    need("BPF", "creates and uses a token"),
    ...own,
    ...(isKnown ? [] : [need("PERFMON", `${why}: ${reason.slice(0, 200)}`)]),
  ];
}

/** How the verifier refuses what CAP_PERFMON permits: rules VF-05 to VF-07. */
const prohibited = /pointer comparison|pointer -= pointer|leaks addr|for !root/;

function mergeNeeds(needs: readonly Need[]): readonly Need[] {
  const merged = new Map<string, Need>();
  for (const need of needs) {
    const key = `${need.axis} ${need.bit}`;
    const known = merged.get(key)?.because ?? [];
    merged.set(key, { ...need, because: [...new Set([...known, ...need.because])] });
  }
  return [...merged.values()];
}

/** What fails without BTF_LOAD, if anything. */
function withoutTypes(calls: readonly RecordedCall[]): string | undefined {
  for (const call of calls) {
    const { command, type = 0, instructions } = call;
    if (command === "MAP_CREATE" && type === MapType.STRUCT_OPS) {
      return "struct_ops needs the BTF of the object";
    }
    if (command === "MAP_CREATE" && typedMaps.has(type)) {
      return `${textOf(call)} needs its types: EINVAL`;
    }
    if (instructions?.helpers.some((id) => fieldHelpers.has(id)) === true) {
      return `${textOf(call)} uses fields of maps that need types: EINVAL`;
    }
    if (instructions?.callback === true) {
      return `${textOf(call)} has a callback: EINVAL`;
    }
  }
  return undefined;
}
