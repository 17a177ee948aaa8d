// SPDX-License-Identifier: MIT
import { type ExternValue, findKsym, type KsymSpec } from "@bpf-token/object";
import { kernelBtf, type Steps, symbols } from "../calls/steps.js";
import { LoadError } from "./errors.js";
import { modulesOf, nowhere } from "./modules.js";
import type { Session } from "./session.js";

/** What the kernel provides for the externs of an object. */
export interface Externs {
  readonly values: ReadonlyMap<string, ExternValue>;
  /** `fd_array`: BTF fds that calls refer to by index. */
  readonly fds: readonly number[];
}

/** Finds the kernel variables and functions that functions of the object refer to. */
export function* findExterns(session: Session, functions: ReadonlySet<number>): Steps<Externs> {
  const values = new Map<string, ExternValue>();
  const used = new Set(
    Array.from(functions, (index) => session.object.functions[index]?.relocations ?? [])
      .flat()
      .flatMap((one) => ("extern" in one ? [one.extern] : [])),
  );
  const ksyms = session.object.externs.filter(
    (extern): extern is KsymSpec =>
      extern.kind === "ksym" && (session.options.allExterns || used.has(extern.name)),
  );
  yield* findAddresses(
    ksyms.filter(({ typeId }) => typeId === 0),
    values,
  );
  const fds: number[] = [];
  yield* findTyped(
    session,
    ksyms.filter(({ typeId }) => typeId !== 0),
    { values, fds },
  );
  return { values, fds };
}

function missing(ksym: KsymSpec, where: string): LoadError {
  return new LoadError({ phase: "extern", subject: ksym.name }, where);
}

/** Looks up externs of which the program only uses the address. */
function* findAddresses(ksyms: readonly KsymSpec[], values: Map<string, ExternValue>): Steps<void> {
  if (ksyms.length === 0) return;
  const found = yield* symbols(ksyms.map(({ name }) => name));
  for (const ksym of ksyms) {
    const address = found.get(ksym.name);
    if (address !== undefined) values.set(ksym.name, { address });
    else if (!ksym.weak) throw missing(ksym, "no such symbol in /proc/kallsyms");
  }
}

function* findTyped(
  session: Session,
  ksyms: readonly KsymSpec[],
  found: { readonly values: Map<string, ExternValue>; readonly fds: number[] },
): Steps<void> {
  const { btf: local } = session.object;
  if (ksyms.length === 0 || local === undefined) return;
  const kernel = yield* kernelBtf();
  for (const ksym of ksyms) {
    const typeId = kernel && findKsym(local, ksym, kernel);
    const value =
      typeId === undefined
        ? yield* findInModules(session, ksym, found.fds)
        : { typeId, place: 0, fd: 0 };
    if (value !== undefined) found.values.set(ksym.name, value);
    else if (!ksym.weak) {
      const where = nowhere(yield* modulesOf(session));
      throw missing(ksym, `no such symbol of this type; it is ${where}`);
    }
  }
}

/** Finds a symbol in a module, and adds the module's BTF to `fd_array`. */
function* findInModules(
  session: Session,
  ksym: KsymSpec,
  fds: number[],
): Steps<ExternValue | undefined> {
  const { btf: local } = session.object;
  const { all } = yield* modulesOf(session);
  for (const { fd, btf } of all) {
    const typeId = local && findKsym(local, ksym, btf);
    if (typeId === undefined || typeId < btf.firstId) continue;
    // Index 0 means the BTF of vmlinux.
    if (fds.length === 0) fds.push(0);
    if (!fds.includes(fd, 1)) fds.push(fd);
    return { typeId, place: fds.indexOf(fd, 1), fd };
  }
  return undefined;
}
