// SPDX-License-Identifier: MIT
import { type Dialect, dialects } from "@bpf-token/delegation";
import {
  type ElfFile,
  helpersOf,
  linkProgram,
  type MapSpec,
  type ObjectSpec,
  type ProgramSpec,
  parseElf,
  parseObject,
} from "@bpf-token/object";
import { HelperId, type KernelRelease } from "@bpf-token/uapi";
import { type Policy, type PolicyOptions, policyOf } from "../policy/policy.js";
import { policySettings } from "../policy/settings.js";
import { typeName } from "./type-name.js";

/** The contents and needs of an object: the fields of `bpf-token inspect --json`. */
export interface InspectReport {
  readonly file: string;
  readonly bytes: number;
  readonly name: string;
  readonly license: string;
  readonly btf: { readonly bytes: number; readonly types: number } | null;
  readonly sections: readonly SectionReport[];
  readonly maps: readonly MapReport[];
  readonly programs: readonly ProgramReport[];
  readonly structOps: readonly { readonly name: string; readonly type: string }[];
  readonly core: { readonly relocations: number; readonly kinds: Readonly<Record<string, number>> };
  readonly externs: readonly ExternReport[];
  readonly needs: NeedsReport;
}

/** A non-empty section of the file. */
export interface SectionReport {
  readonly name: string;
  readonly bytes: number;
}

/** A map, with the attributes that MAP_CREATE gets. */
export interface MapReport {
  readonly name: string;
  readonly kernelName: string;
  readonly type: string;
  readonly origin: MapSpec["origin"];
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly pinning: MapSpec["pinning"];
  readonly inner?: MapReport;
  /** The size of the initial values of its variables, in bytes. */
  readonly contents?: number;
}

/** A program, with the attributes that PROG_LOAD gets. */
export interface ProgramReport {
  readonly name: string;
  readonly section: string;
  /** The program type; empty if the section name implies none. */
  readonly type: string;
  readonly attach: string | null;
  readonly target?: string;
  readonly autoload: boolean;
  readonly sleepable: boolean;
  /** The number of instructions, including those of the functions that it calls. */
  readonly instructions: number;
  readonly functions: readonly string[];
  readonly maps: readonly string[];
  readonly helpers: readonly string[];
  readonly core: number;
}

/** A kernel symbol or configuration option that the object uses. */
export interface ExternReport {
  readonly kind: "kconfig" | "kfunc" | "ksym";
  readonly name: string;
  /** Whether the object also loads if the kernel lacks it. */
  readonly weak: boolean;
}

/** The least policy with which the loader loads the object, as of `bpf-token policy`. */
export interface NeedsReport extends Policy {
  /** The settings of each program that delegates. */
  readonly policies: Readonly<Record<Dialect, readonly string[]>>;
}

/**
 * Reports the contents of an object and the least policy to load it. Makes no bpf() call.
 *
 * @param file - the name of the object, for the report and for errors.
 * @param options - as of `policyOf()`: the loader, by default `libbpf`, and the programs.
 * @throws ObjectFormatError for a malformed object.
 * @example
 * ```ts
 * const report = inspectObject("x.bpf.o", readFileSync("x.bpf.o"));
 * console.log(report.needs.policies.exec.join("\n"));
 * ```
 */
export function inspectObject(
  file: string,
  bytes: Uint8Array,
  options: PolicyOptions = {},
): InspectReport {
  const object = parseObject(bytes, { name: file });
  return {
    file,
    bytes: bytes.length,
    name: object.name,
    license: object.license,
    btf:
      object.btf === undefined
        ? null
        : { bytes: object.btf.raw.length, types: object.btf.endId - object.btf.firstId },
    sections: sections(parseElf(bytes)),
    maps: object.maps.map(mapReport),
    programs: object.programs.map((program) => programReport(object, program)),
    structOps: object.structOps.map(({ name, typeName }) => ({ name, type: typeName })),
    core: { relocations: object.coreRelocations.length, kinds: coreKinds(object) },
    externs: object.externs.map((extern) => {
      const { name, weak } = extern;
      if (extern.kind === "kconfig") return { kind: "kconfig", name, weak };
      return { kind: extern.function ? "kfunc" : "ksym", name, weak };
    }),
    needs: needsReport(policyOf([{ file, object }], options), options.release),
  };
}

function sections({ sections: all }: ElfFile): SectionReport[] {
  return all
    .filter(({ name, size }) => name !== "" && size > 0)
    .map(({ name, size }) => ({ name, bytes: size }));
}

function mapReport(map: MapSpec): MapReport {
  const { name, kernelName, origin, keySize, valueSize, maxEntries, flags, pinning } = map;
  return {
    name,
    kernelName,
    type: typeName("bpf_map_type", map.type),
    ...{ origin, keySize, valueSize, maxEntries, flags, pinning },
    ...(map.inner === undefined ? {} : { inner: mapReport(map.inner) }),
    ...(map.contents === undefined ? {} : { contents: map.contents.length }),
  };
}

const SLEEPABLE = 1 << 4;

function programReport(object: ObjectSpec, program: ProgramSpec): ProgramReport {
  const linked = linkProgram(object, program);
  const maps = linked.relocations.flatMap((one) => ("map" in one ? [one.map] : []));
  const own = new Set(linked.functions);
  const helpers = new Map(Object.entries(HelperId).map(([name, id]) => [id as number, name]));
  return {
    name: program.name,
    section: program.section,
    type: program.type === 0 ? "" : typeName("bpf_prog_type", program.type),
    attach: program.attach === 0 ? null : typeName("bpf_attach_type", program.attach),
    ...(program.target === undefined ? {} : { target: program.target }),
    autoload: program.autoload,
    sleepable: (program.flags & SLEEPABLE) !== 0,
    instructions: linked.insns.length / 8,
    functions: linked.functions.slice(1).map((index) => object.functions[index]?.name ?? ""),
    maps: [...new Set(maps)],
    helpers: helpersOf(linked.insns).map((id) => helpers.get(id) ?? String(id)),
    core: object.coreRelocations.filter((one) => own.has(one.function)).length,
  };
}

function coreKinds(object: ObjectSpec): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of object.coreRelocations) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** A policy with its settings. @internal */
export function needsReport(policy: Policy, release?: KernelRelease): NeedsReport {
  const settings = dialects.map((dialect) => [dialect, policySettings(policy, dialect, release)]);
  return { ...policy, policies: Object.fromEntries(settings) as NeedsReport["policies"] };
}
