// SPDX-License-Identifier: MIT
import {
  type Btf,
  type BtfComposite,
  type BtfMember,
  essentialName,
  type MapSpec,
  type ObjectSpec,
  resolveType,
  type StructOpsSpec,
  sizeOfType,
} from "@bpf-token/object";
import { BPF_F, MapType } from "@bpf-token/uapi";
import { kernelBtf, type Steps } from "../calls/steps.js";
import { LoadError } from "./errors.js";
import type { Session } from "./session.js";

/** Prefix of the kernel's type for the value of a struct_ops map. */
const PREFIX = "bpf_struct_ops_";
/** Maximum length of a name in the kernel. */
const NAME = 15;

/** A struct_ops, converted to the kernel's type. */
export interface StructOpsTable {
  readonly spec: StructOpsSpec;
  readonly map: MapSpec;
  /** Type id of the map's value in the kernel's BTF. */
  readonly valueTypeId: number;
  /** The value, without the program fds. */
  readonly value: Uint8Array;
  /** The programs, by their offset in the value. */
  readonly programs: readonly { readonly offset: number; readonly program: string }[];
}

/** The member of a kernel struct that a program implements. */
export interface StructOpsMember {
  /** Type id of the struct in the kernel's BTF. */
  readonly typeId: number;
  readonly index: number;
}

/** All struct_ops of an object, converted to the types in kernel BTF. */
export interface StructOps {
  readonly tables: readonly StructOpsTable[];
  readonly members: ReadonlyMap<string, StructOpsMember>;
  /** Programs for members that the kernel does not have; these are not loaded. */
  readonly without: ReadonlySet<string>;
}

/**
 * Converts struct_ops to the types in kernel BTF, member by member. A member that the kernel does
 * not have must be zero.
 */
export function* resolveStructOps(session: Session): Steps<StructOps> {
  const { object } = session;
  const members = new Map<string, StructOpsMember>();
  const without = new Set<string>();
  const wanted = object.structOps.filter(({ optional }) => !optional);
  if (wanted.length === 0 || object.btf === undefined) return { tables: [], members, without };
  const kernel = yield* kernelBtf();
  const local = object.btf;
  const tables = wanted.map((spec) => {
    if (kernel === undefined) throw failed(spec, "the kernel provides no BTF");
    return new StructOpsResolver(spec, local, kernel).run(members, without);
  });
  return { tables, members, without };
}

/** Returns the programs of optional struct_ops, which are loaded only on request. */
export function optionalPrograms(object: ObjectSpec): ReadonlySet<string> {
  const of = (optional: boolean): string[] =>
    object.structOps
      .filter((table) => table.optional === optional)
      .flatMap(({ programs }) => programs.map(({ program }) => program));
  const needed = new Set(of(false));
  return new Set(of(true).filter((program) => !needed.has(program)));
}

/** Puts the fds of loaded programs into the struct_ops values. */
export function fillTables(session: Session, { tables }: StructOps): void {
  for (const { map, value, programs } of tables) {
    const filled = value.slice();
    const view = new DataView(filled.buffer);
    for (const { offset, program } of programs) {
      const fd = session.programs.get(program)?.fd;
      if (fd !== undefined) view.setBigUint64(offset, BigInt(fd), true);
    }
    session.tables.set(map.name, filled);
  }
}

function failed({ name }: StructOpsSpec, reason: string): LoadError {
  return new LoadError({ phase: "map", subject: name }, reason);
}

/** Converts one struct_ops from the object's type to the kernel's. */
class StructOpsResolver {
  readonly #spec: StructOpsSpec;
  readonly #local: Btf;
  readonly #kernel: Btf;

  constructor(spec: StructOpsSpec, local: Btf, kernel: Btf) {
    this.#spec = spec;
    this.#local = local;
    this.#kernel = kernel;
  }

  run(members: Map<string, StructOpsMember>, without: Set<string>): StructOpsTable {
    const name = essentialName(this.#spec.typeName);
    const typeId = this.#kernel.id(name, "STRUCT");
    const valueTypeId = this.#kernel.id(PREFIX + name, "STRUCT");
    if (typeId === undefined || valueTypeId === undefined) {
      throw failed(this.#spec, `the kernel has no struct_ops type ${name}`);
    }
    const outer = this.#kernel.type(valueTypeId) as BtfComposite;
    const data = outer.members.find(({ type }) => type === typeId);
    if (data === undefined) throw failed(this.#spec, `${PREFIX}${name} does not hold a ${name}`);
    const start = data.bitOffset / 8;
    const value = new Uint8Array(outer.size);
    const programs: { offset: number; program: string }[] = [];
    const theirs = (this.#kernel.type(typeId) as BtfComposite).members;
    for (const member of (this.#local.type(this.#spec.typeId) as BtfComposite).members) {
      const index = theirs.findIndex((one) => one.name === member.name);
      const program = this.#programAt(member);
      const their = theirs[index];
      if (their === undefined) {
        this.#assertZero(member);
        if (program !== undefined) without.add(program);
      } else if (this.#sameKind(member, their) === "PTR") {
        if (program === undefined) continue;
        this.#join(members, program, { typeId, index });
        programs.push({ offset: start + their.bitOffset / 8, program });
      } else this.#copy(member, their, value.subarray(start));
    }
    return { spec: this.#spec, map: this.#map(outer.size), valueTypeId, value, programs };
  }

  #map(valueSize: number): MapSpec {
    const { name, section, link } = this.#spec;
    return {
      name,
      kernelName: name.slice(0, NAME),
      origin: "definition",
      section,
      type: MapType.STRUCT_OPS,
      keySize: 4,
      valueSize,
      maxEntries: 1,
      flags: link ? BPF_F.LINK : 0,
      extra: 0n,
      numaNode: 0,
      pinning: "none",
      keyTypeId: 0,
      valueTypeId: 0,
      values: [],
    };
  }

  #programAt({ bitOffset }: BtfMember): string | undefined {
    return this.#spec.programs.find(({ offset }) => offset * 8 === bitOffset)?.program;
  }

  #bytes({ bitOffset, type }: BtfMember): Uint8Array {
    const start = bitOffset / 8;
    return this.#spec.contents.subarray(start, start + sizeOfType(this.#local, type));
  }

  #assertZero(member: BtfMember): void {
    if (this.#bytes(member).every((byte) => byte === 0)) return;
    throw failed(
      this.#spec,
      `${member.name} is set, but the kernel's ${this.#spec.typeName} has no such member`,
    );
  }

  #sameKind(member: BtfMember, their: BtfMember): string {
    const [mine, others] = [
      resolveType(this.#local, member.type).type.kind,
      resolveType(this.#kernel, their.type).type.kind,
    ];
    if (mine === others && member.bitSize === 0 && their.bitSize === 0) return mine;
    throw failed(this.#spec, `${member.name} is ${mine}, but ${others} in the kernel`);
  }

  #join(members: Map<string, StructOpsMember>, program: string, member: StructOpsMember): void {
    const known = members.get(program) ?? member;
    if (known.typeId !== member.typeId || known.index !== member.index) {
      throw failed(this.#spec, `program ${program} is used for two different members`);
    }
    members.set(program, member);
  }

  #copy(member: BtfMember, their: BtfMember, into: Uint8Array): void {
    const [mine, others] = [
      sizeOfType(this.#local, member.type),
      sizeOfType(this.#kernel, their.type),
    ];
    if (mine !== others) {
      throw failed(this.#spec, `${member.name} has ${mine} bytes, but ${others} in the kernel`);
    }
    into.set(this.#bytes(member), their.bitOffset / 8);
  }
}
