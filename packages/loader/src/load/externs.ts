// SPDX-License-Identifier: MIT
import { type ExternValue, findKsym, type KsymSpec, type LinkedProgram } from "@bpf-token/object";
import { kernelBtf, type Steps, symbols } from "../calls/steps.js";
import { LoadError } from "./errors.js";
import type { Session } from "./session.js";

/** What the kernel has for the externs of an object. */
export interface Externs {
  readonly values: ReadonlyMap<string, ExternValue>;
  /** Descriptors of BTFs that calls refer to by their place in it. */
  readonly fds: readonly number[];
}

/** Looks for the variables and functions of the kernel that programs refer to. */
export function* findExterns(session: Session, programs: readonly LinkedProgram[]): Steps<Externs> {
  const values = new Map<string, ExternValue>();
  const used = new Set(
    programs.flatMap(({ relocations }) =>
      relocations.flatMap((one) => ("extern" in one ? [one.extern] : [])),
    ),
  );
  const ksyms = session.object.externs.filter(
    (extern): extern is KsymSpec =>
      extern.kind === "ksym" && (session.options.allExterns || used.has(extern.name)),
  );
  yield* findAddresses(
    ksyms.filter(({ typeId }) => typeId === 0),
    values,
  );
  yield* findTyped(
    session,
    ksyms.filter(({ typeId }) => typeId !== 0),
    values,
  );
  return { values, fds: [] };
}

function missing(ksym: KsymSpec, where: string): LoadError {
  return new LoadError({ phase: "extern", subject: ksym.name }, `it is not in ${where}`);
}

/** Symbols of which only the address is wanted. */
function* findAddresses(ksyms: readonly KsymSpec[], values: Map<string, ExternValue>): Steps<void> {
  if (ksyms.length === 0) return;
  const found = yield* symbols(ksyms.map(({ name }) => name));
  for (const ksym of ksyms) {
    const address = found.get(ksym.name);
    if (address !== undefined) values.set(ksym.name, { address });
    else if (!ksym.weak) throw missing(ksym, "/proc/kallsyms");
  }
}

function* findTyped(
  session: Session,
  ksyms: readonly KsymSpec[],
  values: Map<string, ExternValue>,
): Steps<void> {
  const { btf: local } = session.object;
  if (ksyms.length === 0 || local === undefined) return;
  const kernel = yield* kernelBtf();
  for (const ksym of ksyms) {
    const typeId = kernel && findKsym(local, ksym, kernel);
    if (typeId !== undefined) values.set(ksym.name, { typeId, btf: 0 });
    else if (!ksym.weak) throw missing(ksym, "the types of the kernel, or of another type there");
  }
}
