// SPDX-License-Identifier: MIT
import {
  AttachType,
  BitSet,
  BpfCmd,
  type CallShape,
  Capability,
  type CapabilityName,
  callNeeds,
  type DelegationEnum,
  enumMembers,
  HelperId,
  MapType,
  newestRelease,
  ProgType,
} from "@bpf-token/uapi";
import { helpersOf } from "./helpers.js";
import { linkProgram } from "./link.js";
import { replacedReads } from "./need-rules.js";
import type { FunctionSpec, MapSpec, ObjectSpec, ProgramSpec } from "./spec.js";

/** What a {@link Need} concerns: one of the four delegate masks, or a capability. */
export type NeedAxis = "cmds" | "maps" | "progs" | "attachs" | "caps";

/** One bit or capability that an object needs, and why. See {@link objectNeeds}. */
export interface Need {
  /** The mask, or `caps` for a capability. */
  readonly axis: NeedAxis;
  /** Name as in a bpffs mount option, such as `map_create`; of a capability `bpf`, `net_admin`. */
  readonly name: string;
  /** The bit in the delegate mask, or the number of the capability. */
  readonly bit: number;
  /** The maps, programs and other parts of the object that need it. */
  readonly because: readonly string[];
  /** How a need of the verifier is known. Absent where a rule requires it. See `verifierNeeds()`. */
  readonly basis?: "computed" | "assumed";
}

/** The least policy that loads an object through a token. Returned by {@link objectNeeds}. */
export interface ObjectNeeds {
  /** Commands for `delegate_cmds`. */
  readonly cmds: BitSet;
  /** Map types for `delegate_maps`. */
  readonly maps: BitSet;
  /** Program types for `delegate_progs`. */
  readonly progs: BitSet;
  /** Attach types for `delegate_attachs`. */
  readonly attachs: BitSet;
  /** Capabilities in the token's user namespace; CAP_BPF is always among them. */
  readonly capabilities: readonly string[];
  /** All needs one by one, ordered by axis, then by bit. */
  readonly needs: readonly Need[];
  /** Sentences about what cannot be determined or delegated. */
  readonly open: readonly string[];
}

/** Options of {@link objectNeeds}. */
export interface NeedsOptions {
  /**
   * The loader to allow for. `libbpf` (1.4 to 1.7) first loads small programs and maps to test
   * kernel features, and the token must allow these too. `plain`, the default, loads only the
   * object.
   */
  readonly loader?: "plain" | "libbpf";
  /** Selects the programs to load. Default: programs with `autoload`. */
  readonly wanted?: (program: ProgramSpec) => boolean;
}

const kinds: Readonly<Record<Exclude<NeedAxis, "caps">, DelegationEnum>> = {
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
};

/**
 * Computes the least policy for an object: the bits that the bpffs mount must delegate, and the
 * capabilities that the task needs in the token's user namespace. Then the task can create every
 * map and load every program. Attaching is not covered, because links take no token.
 *
 * Requirements that only the verifier finds, such as leaking a pointer, are not among them
 * (rules VF-05 to VF-07 of the specification): `verifierNeeds()` computes those.
 *
 * @example
 * ```ts
 * const { maps, capabilities, needs } = objectNeeds(parseObject(bytes), { loader: "libbpf" });
 * for (const { axis, name, because } of needs) console.log(axis, name, because.join(", "));
 * ```
 */
export function objectNeeds(object: ObjectSpec, options: NeedsOptions = {}): ObjectNeeds {
  const found = new Found();
  const wanted = options.wanted ?? ((program): boolean => program.autoload);
  const programs = object.programs.filter(wanted);
  found.capability("BPF", "creates and uses a token");
  for (const map of object.maps) mapNeeds(found, map, `map ${map.name}`);
  for (const { name } of object.structOps) {
    found.call({ cmd: BpfCmd.MAP_CREATE, mapType: MapType.STRUCT_OPS }, `map ${name}`);
  }
  for (const program of programs) programNeeds(found, object, program);
  if (object.btf !== undefined) found.bit("cmds", BpfCmd.BTF_LOAD, "BTF of the object");
  if (programs.some(({ type }) => type === ProgType.EXT)) {
    const why = "BTF of the program that is replaced";
    found.call({ cmd: BpfCmd.BTF_GET_FD_BY_ID }, why);
  }
  if (options.loader === "libbpf") libbpfNeeds(found, object, programs);
  return found.needs();
}

function mapNeeds(found: Found, map: MapSpec, because: string): void {
  found.call({ cmd: BpfCmd.MAP_CREATE, mapType: map.type }, because);
  if (map.inner !== undefined) mapNeeds(found, map.inner, `${because}, for its inner maps`);
}

function programNeeds(found: Found, object: ObjectSpec, program: ProgramSpec): void {
  const because = `program ${program.name}`;
  if (program.type === ProgType.UNSPEC) {
    found.say(
      `${because} cannot be loaded: its section '${program.section}' does not name a program type`,
    );
    return;
  }
  const { type: progType, attach: attachType } = program;
  const named = attachType !== 0 || progType === ProgType.CGROUP_SKB;
  const helpers = helpersOf(linkProgram(object, program).insns);
  const shape = { cmd: BpfCmd.PROG_LOAD, progType, attachType, helpers };
  found.call(shape, because, named ? because : `${because}, which has no attach type`);
  if (progType === ProgType.STRUCT_OPS) {
    found.say(
      `${because}: its attach type depends on the running kernel (member of a struct), so delegate 'attachs=any'`,
    );
  }
}

/**
 * Returns the name of a helper without `bpf_`, or its number as text.
 *
 * @example
 * ```ts
 * helperName(HelperId.trace_printk); // "trace_printk"
 * ```
 */
export function helperName(id: number): string {
  return Object.entries(HelperId).find(([, value]) => value === id)?.[0] ?? String(id);
}

/** Adds what libbpf's feature probes load for this object. */
function libbpfNeeds(found: Found, object: ObjectSpec, programs: readonly ProgramSpec[]): void {
  const probe = (progType: number, attachType: number, why: string): void => {
    found.call({ cmd: BpfCmd.PROG_LOAD, progType, attachType }, why);
  };
  probe(ProgType.SOCKET_FILTER, 0, "libbpf tests whether it can load programs");
  if (object.maps.some(({ origin }) => origin !== "definition" && origin !== "legacy")) {
    found.bit("maps", MapType.ARRAY, "libbpf tests support for global variables");
  }
  if (programs.some(({ attachOptional }) => attachOptional)) {
    const why = "libbpf tests support for expected_attach_type";
    probe(ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_CREATE, why);
  }
  // libbpf also looks at functions of programs that it does not load.
  const reads = ({ insns }: FunctionSpec): boolean =>
    helpersOf(insns).some((id) => replacedReads.has(helperName(id)));
  if (programs.length > 0 && object.functions.some(reads)) {
    const why = "libbpf tests support for bpf_probe_read_kernel()";
    probe(ProgType.TRACEPOINT, 0, why);
  }
}

/** Collects needs without duplicates, in the order of discovery. */
class Found {
  readonly #reasons = new Map<
    string,
    { axis: NeedAxis; name: string; bit: number; why: string[] }
  >();

  readonly #open = new Set<string>();

  /** Records something that no mask can express. */
  say(sentence: string): void {
    this.#open.add(sentence);
  }

  bit(axis: Exclude<NeedAxis, "caps">, bit: number, why: string): void {
    if (bit < 0 || bit > 63) {
      this.say(`${why}: ${axis} ${bit} is not in 0…63, so no mask can delegate it`);
      return;
    }
    // Where several names share a number, the last one is current.
    const members = enumMembers(kinds[axis], newestRelease).filter(({ value }) => value === bit);
    this.#add(axis, members.at(-1)?.name.toLowerCase() ?? String(bit), bit, why);
  }

  capability(name: CapabilityName, why: string): void {
    this.#add("caps", name.toLowerCase(), Capability[name], why);
  }

  /**
   * Adds what the kernel requires of a call. CAP_BPF, which every use of a token needs, has a reason
   * of its own.
   */
  call(shape: CallShape, why: string, whyAttach: string = why): void {
    const { bits, capabilities } = callNeeds(shape);
    for (const { axis, bit } of bits) {
      // The attach type of a struct_ops program is not that of its section.
      if (axis === "attachs" && shape.progType === ProgType.STRUCT_OPS) continue;
      this.bit(axis, bit, axis === "attachs" ? whyAttach : why);
    }
    for (const { name, helper } of capabilities) {
      if (name === "BPF") continue;
      const calls = helper === undefined ? "" : `, which calls bpf_${helperName(helper)}()`;
      this.capability(name, `${why}${calls}`);
    }
  }

  #add(axis: NeedAxis, name: string, bit: number, why: string): void {
    const key = `${axis} ${bit}`;
    const known = this.#reasons.get(key) ?? { axis, name, bit, why: [] };
    if (!known.why.includes(why)) known.why.push(why);
    this.#reasons.set(key, known);
  }

  needs(): ObjectNeeds {
    const all = [...this.#reasons.values()];
    const of = (axis: NeedAxis) => all.filter((need) => need.axis === axis);
    const mask = (axis: NeedAxis): BitSet => BitSet.of(...of(axis).map(({ bit }) => bit));
    const order = ["cmds", "maps", "progs", "attachs", "caps"] as const;
    return {
      cmds: mask("cmds"),
      maps: mask("maps"),
      progs: mask("progs"),
      attachs: mask("attachs"),
      capabilities: of("caps").map(({ name }) => name),
      needs: order.flatMap((axis) =>
        of(axis)
          .sort((a, b) => a.bit - b.bit)
          .map(({ name, bit, why }) => ({ axis, name, bit, because: why })),
      ),
      open: [...this.#open],
    };
  }
}
