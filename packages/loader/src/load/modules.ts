// SPDX-License-Identifier: MIT
// Reads BTF of kernel modules, for symbols and types that vmlinux does not have.
import type { Btf } from "@bpf-token/object";
import { NotModelledError } from "@bpf-token/syscall";
import { attrLayout, Errno, errnoName, newestRelease } from "@bpf-token/uapi";
import { bpfInto, close, kernelBtf, type Steps } from "../calls/steps.js";
import { kernelBtfName, openBtf, readBtf } from "./btf-by-id.js";
import type { Session } from "./session.js";

/** The BTF of a module, and an fd of it that stays open during the load. */
export interface ModuleTypes {
  readonly fd: number;
  readonly btf: Btf;
}

/** The BTF of the modules, as far as the task can read it. */
export interface Modules {
  readonly all: readonly ModuleTypes[];
  /** The error if listing was refused: it needs CAP_SYS_ADMIN in the initial user namespace. */
  readonly refused: string | undefined;
}

/** Returns the BTF of the loaded modules, which is read once per load. Since Linux 5.11. */
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
    // The module was unloaded in the meantime.
    if (fd < 0) continue;
    const name = yield* kernelBtfName(fd);
    if (name === undefined || name === "vmlinux") yield* close(fd);
    else all.push({ fd: session.own(fd), btf: yield* readBtf(fd, base) });
  }
}

/** Returns the next BTF id, or `-errno`. */
function* nextId(start_id: number): Steps<number> {
  try {
    const { ret, after } = yield* bpfInto("BTF_GET_NEXT_ID", { start_id });
    return ret < 0 ? ret : attrLayout("BTF_GET_NEXT_ID", newestRelease).decode(after).next_id;
  } catch (error) {
    if (error instanceof NotModelledError) return -Errno.ENOENT;
    throw error;
  }
}

/** Closes the fds: loaded programs hold their own references to modules. */
export function* dropModules(session: Session): Steps<void> {
  for (const { fd } of session.modules?.all ?? []) yield* session.drop(fd);
}

/** Describes where a type or symbol was not found. */
export function nowhere({ refused }: Modules): string {
  const kernel = "not in the kernel's BTF";
  if (refused === undefined) return `${kernel}, nor in that of its modules`;
  return `${kernel}; the BTF of its modules cannot be listed: ${refused}`;
}
