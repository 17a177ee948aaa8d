// SPDX-License-Identifier: MIT
import { type ExternValue, findKsym, type KsymSpec, type LinkedProgram } from "@bpf-token/object";
import { kernelBtf, read, type Steps } from "../calls/steps.js";
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
  const path = "/proc/kallsyms";
  const bytes = yield* read(path);
  const text = typeof bytes === "number" ? "" : new TextDecoder("latin1").decode(bytes);
  for (const ksym of ksyms) {
    const address = addressIn(text, ksym.name);
    if (address !== undefined) values.set(ksym.name, { address });
    else if (!ksym.weak) throw missing(ksym, path);
  }
}

/** The address of a symbol in lines like `ffff… T name`, with a tab and a module behind some names. */
function addressIn(text: string, name: string): bigint | undefined {
  // Lines are many: looking for the name is quicker than for what a line looks like.
  const found = ["\n", "\t"].map((end) => text.indexOf(` ${name}${end}`)).filter((at) => at >= 0);
  if (found.length === 0) return undefined;
  const start = text.lastIndexOf("\n", Math.min(...found)) + 1;
  return BigInt(`0x${text.slice(start, text.indexOf(" ", start))}`);
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
