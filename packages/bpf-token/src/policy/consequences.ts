// SPDX-License-Identifier: MIT
import type { Need, NeedAxis } from "@bpf-token/object";
import { AttachType, BpfCmd, Capability, ProgType } from "@bpf-token/uapi";
import type { LoaderInfo } from "./loaders.js";

/** What happens if one bit of a policy is missing. */
export interface Consequence {
  /** Whether the load fails. Otherwise it succeeds, with a loss. */
  readonly fails: boolean;
  /** The failure, or the loss. */
  readonly text: string;
}

/** The facts that a consequence depends on. */
export interface Situation {
  readonly loader: LoaderInfo;
  /** Whether the object itself needs a bit, not only the probes of the loader. */
  readonly own: (axis: NeedAxis, bit: number) => boolean;
  /** Whether the policy has a bit. */
  readonly has: (axis: NeedAxis, bit: number) => boolean;
  /** The maps of global variables. */
  readonly variables: ReadonlySet<string>;
  /** Whether a program that is loaded uses one of them. */
  readonly usesVariables: boolean;
  /** What fails without the BTF of the object, if anything. */
  readonly withoutTypes: string | undefined;
}

const fails = (text: string): Consequence => ({ fails: true, text });
const loses = (text: string): Consequence => ({ fails: false, text });

/** Returns what happens without a need. */
export function consequenceOf(need: Need, situation: Situation): Consequence {
  const { axis, bit } = need;
  const { loader } = situation;
  if (!situation.own(axis, bit)) return ofProbe(need, situation);
  if (loader.probes !== "none" && isForVariables(need, situation)) return ofVariables(situation);
  if (axis === "cmds" && bit === BpfCmd.BTF_LOAD) {
    if (situation.withoutTypes !== undefined) return fails(situation.withoutTypes);
    if (loader.btf === "needed") return fails(`${loader.title} stops with EPERM`);
    return loses("the object is loaded without types: no names of fields and lines");
  }
  if (axis === "caps" && need.because.every((why) => why.includes("which calls bpf_"))) {
    return fails("the verifier refuses the helper with EINVAL");
  }
  return fails("the load fails with EPERM");
}

/** Whether only maps of global variables need a bit. libbpf creates no such map if its probe fails. */
function isForVariables({ because }: Need, { variables }: Situation): boolean {
  return because.every((why) => variables.has(why) || why.startsWith("libbpf tests"));
}

function ofVariables({ usesVariables }: Situation): Consequence {
  const text = "libbpf creates no maps for global variables";
  return usesVariables ? fails(`${text}: EINVAL`) : loses(`${text}, which no program uses`);
}

/** What the test program needs. */
const ofTest = new Set([
  `cmds ${BpfCmd.PROG_LOAD}`,
  `progs ${ProgType.SOCKET_FILTER}`,
  `attachs ${AttachType.CGROUP_INET_INGRESS}`,
]);
/** The type of the test for bpf_probe_read_kernel(). */
const READER = `progs ${ProgType.TRACEPOINT}`;

/** What that test needs besides. */
const READING = `caps ${Capability.PERFMON}`;
const FEATURES = "libbpf treats features as missing, such as names of programs";

/** libbpf's probes: a refused probe means an unsupported feature to libbpf. */
function ofProbe({ axis, bit }: Need, situation: Situation): Consequence {
  const what = `${axis} ${bit}`;
  if (ofTest.has(what)) return ofTestProgram(axis, situation);
  // Maps of tests, and MAP_CREATE, the only other command of a test.
  if (axis === "maps" || axis === "cmds") return loses(FEATURES);
  if (what === READER || what === READING) {
    return loses("libbpf replaces bpf_probe_read_kernel() with bpf_probe_read()");
  }
  if (situation.has("attachs", AttachType.CGROUP_INET_INGRESS)) {
    return loses("libbpf loads the programs with attach type 0");
  }
  return fails("libbpf asks for attach type 0, which the token lacks: EPERM");
}

/** The test program is a socket filter or, if that is refused, a tracepoint program. */
function ofTestProgram(axis: NeedAxis, situation: Situation): Consequence {
  const { loader, has, variables } = situation;
  const other = axis === "progs" && has("progs", ProgType.TRACEPOINT);
  if (loader.probes === "libbpf" && !other) {
    return fails("libbpf stops at the first program that it loads as a test");
  }
  if (variables.size > 0) return ofVariables(situation);
  return loses(FEATURES);
}
