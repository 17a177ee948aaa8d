// SPDX-License-Identifier: MIT
// The types of the kernel's modules: where the kernel itself has not what an object refers to.
import type { Btf } from "@bpf-token/object";
import { NotModelledError } from "@bpf-token/syscall";
import { attrLayout, Errno, errnoName, newestRelease } from "@bpf-token/uapi";
import { bpfInto, close, kernelBtf, type Steps } from "../calls/steps.js";
import { kernelBtfName, openBtf, readBtf } from "./btf-by-id.js";
import type { Session } from "./session.js";

/** The types of a module, and a descriptor of them for as long as the load takes. */
export interface ModuleTypes {
  readonly fd: number;
  readonly btf: Btf;
}

/** What of the modules can be seen. */
export interface Modules {
  readonly all: readonly ModuleTypes[];
  /** Why not all of them: the kernel lists them for the root of the first user namespace only. */
  readonly refused: string | undefined;
}

/** The modules that are loaded, looked at once a load. Since Linux 5.11. */
export function* modulesOf(session: Session): Steps<Modules> {
  session.modules ??= yield* listModules(session);
  return session.modules;
}

function* listModules(session: Session): Steps<Modules> {
  const base = yield* kernelBtf();
  const all: ModuleTypes[] = [];
  if (base === undefined) return { all, refused: undefined };
  for (let id = 0; ; ) {
    const next = yield* nextId(id);
    if (next === -Errno.ENOENT) return { all, refused: undefined };
    if (next <= id) return { all, refused: errnoName(next) ?? `${next}` };
    id = next;
    const fd = yield* openBtf(session, id);
    // Gone since it was listed.
    if (fd < 0) continue;
    const name = yield* kernelBtfName(fd);
    if (name === undefined || name === "vmlinux") yield* close(fd);
    else all.push({ fd: session.own(fd), btf: yield* readBtf(fd, base) });
  }
}

/** The id behind another one, or `-errno`. */
function* nextId(start_id: number): Steps<number> {
  try {
    const { ret, after } = yield* bpfInto("BTF_GET_NEXT_ID", { start_id });
    return ret < 0 ? ret : attrLayout("BTF_GET_NEXT_ID", newestRelease).decode(after).next_id;
  } catch (error) {
    if (error instanceof NotModelledError) return -Errno.ENOENT;
    throw error;
  }
}

/** Gives the descriptors back: what programs use of modules they keep by themselves. */
export function* dropModules(session: Session): Steps<void> {
  for (const { fd } of session.modules?.all ?? []) yield* session.drop(fd);
}

/** In words, for something that was found nowhere. */
export function nowhere({ refused }: Modules): string {
  const kernel = "not in the types of the kernel";
  if (refused === undefined) return `${kernel}, nor in those of its modules`;
  return `${kernel}; those of its modules cannot be listed: ${refused}`;
}
