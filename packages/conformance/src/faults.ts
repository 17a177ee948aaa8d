// SPDX-License-Identifier: MIT
import { run, type Scenario, type Trace, type TraceEvent } from "@bpf-token/scenario";
import { type FaultKind, type Kernel, mounts, NotModelledError, raw } from "@bpf-token/syscall";
import { AT, type ErrnoName, type KernelRelease, MNT, O, releaseCode } from "@bpf-token/uapi";
import type { ModelKernel } from "./proofs/proof.js";

/** A kernel with snapshots. */
export type RestorableKernel = ModelKernel & Required<Pick<Kernel, "snapshot" | "restore">>;

/**
 * The errnos that the first changed call may return, by the kind of the failed request. The kernel
 * translates some ENOMEM: EINVAL for a program (PL-13), ENOSPC for an inode (TC-11), ENFILE for a pipe,
 * ENODATA or EMSGSIZE for a lost message of a context. For `lsm`, a recorded refusal explains any change.
 */
const expected: Readonly<Record<FaultKind, readonly ErrnoName[]>> = {
  alloc: ["ENOMEM", "ENOSPC", "EINVAL", "ENFILE", "EFAULT", "ENODATA", "EMSGSIZE"],
  inode: ["ENOMEM", "ENOSPC", "ENFILE"],
  file: ["ENFILE", "ENOMEM"],
  fd: ["EMFILE"],
  lsm: ["EPERM", "EACCES"],
};

/** The result of {@link walkFaults}. */
export interface FaultWalk {
  /** The number of runs in which a request failed. */
  readonly faults: number;
  /** The problems, one line each. */
  readonly wrong: readonly string[];
}

/**
 * Runs a scenario repeatedly. In each run a later request of a kind fails, until a run has no request left
 * to fail. The kernel must survive each failure, return a suitable errno, and leak no object.
 *
 * @param steps - the numbers of the requests to fail, in ascending order.
 */
export function walkFaults(
  kernel: RestorableKernel,
  scenario: Scenario,
  kind: FaultKind,
  steps: Iterable<number>,
): FaultWalk {
  const start = kernel.snapshot();
  const before = JSON.stringify(kernel.live());
  const usual = run(kernel, scenario);
  kernel.restore(start);
  const own = new Set([
    ...mounts(kernel.init)
      .split("\n")
      .map((line) => line.split(" ")[1] ?? ""),
    ...below("/", namesIn(usual)).filter((path) => exists(kernel, path)),
  ]);
  const wrong: string[] = [];
  let faults = 0;
  for (const n of steps) {
    kernel.restore(start);
    kernel.failNth(kind, n);
    const trace = run(kernel, scenario);
    if (kernel.closed) throw new Error(`${kind} ${n}: the kernel is closed`);
    if (trace.events.some((event) => event.outcome === "lost")) {
      return { faults, wrong: [...wrong, `${kind} ${n}: ${lostCall(trace)}`] };
    }
    if (kernel.failNth(kind, 0) > 0) break;
    faults++;
    const why = unexpectedChange(usual, trace, kind);
    if (why !== undefined) wrong.push(`${kind} ${n}: ${why}`);
    removeLeftovers(kernel, trace, own);
    if (JSON.stringify(kernel.live()) !== before) removeLeftovers(kernel, trace, own, true);
    const after = JSON.stringify(kernel.live());
    if (after !== before && !leavesInode(kernel, trace))
      wrong.push(`${kind} ${n}: alive ${changes(before, after)}`);
  }
  kernel.restore(start);
  return { faults, wrong };
}

/**
 * Returns whether a run left an inode. TP-22: from 6.19 on, TOKEN_CREATE without a free file descriptor or
 * file does not release it.
 */
export function leavesInode(kernel: ModelKernel, { events }: Trace): boolean {
  const errnos: readonly (string | undefined)[] = ["EMFILE", "ENFILE", "ENOMEM"];
  if (releaseCode(kernel.release as KernelRelease) < releaseCode("6.19")) return false;
  return events.some(({ text, errno }) => text.includes("TOKEN_CREATE") && errnos.includes(errno));
}

/** Returns the file names in the arguments of a run. */
function namesIn({ events }: Trace): readonly string[] {
  const texts = events.flatMap(({ args }) => args.map(({ text }) => /^"(.*)"$/.exec(text)?.[1]));
  return [...new Set(texts.filter((name) => name !== undefined && name !== ""))] as string[];
}

/** Returns the paths of the relative names in a directory. */
function below(folder: string, names: readonly string[]): string[] {
  return names.filter((name) => !name.startsWith("/")).map((name) => `${folder}${name}`);
}

/** Returns -1 for an unmodelled name, because only files of a task can remain. */
function ask(call: () => number): number {
  try {
    return call();
  } catch (error) {
    if (error instanceof NotModelledError) return -1;
    throw error;
  }
}

function exists(kernel: ModelKernel, path: string): boolean {
  const fd = ask(() => raw.openat(kernel.init, AT.FDCWD, path, O.PATH, 0));
  return fd >= 0 && raw.close(kernel.init, fd) === 0;
}

/**
 * Removes the files and mounts that a changed run has left in the initial mount namespace.
 *
 * @param own - the paths that existed before the run.
 * @param relative - also removes files with relative names. After a failed mount they are in the directory
 *   under it; after a failed chdir, in the root directory.
 */
function removeLeftovers(
  kernel: ModelKernel,
  trace: Trace,
  own: ReadonlySet<string>,
  relative = false,
): void {
  const names = namesIn(trace);
  const paths = names.filter((name) => name.startsWith("/"));
  const strays = relative ? below("/", names) : [];
  if (relative) {
    for (const top of paths.filter((path) => path !== "/" && path.lastIndexOf("/") === 0)) {
      paths.push(...below(`${top}/`, names));
    }
  }
  const places = [...new Set([...paths, ...strays])].sort().reverse();
  const task = kernel.init.fork();
  for (const place of places.filter((path) => !own.has(path))) {
    while (ask(() => raw.umount2(task, place, MNT.DETACH)) === 0);
    // Other entries of the root directory existed before.
    if (place.lastIndexOf("/") === 0 && !strays.includes(place)) continue;
    ask(() => raw.unlinkat(task, AT.FDCWD, place, 0));
    ask(() => raw.unlinkat(task, AT.FDCWD, place, AT.REMOVEDIR));
  }
  task.close();
  kernel.settle();
}

function lostCall({ events }: Trace): string {
  const last = events.find((event) => event.outcome === "lost");
  return `line ${last?.line}: ${last?.text}: ${last?.reason}`;
}

/** Returns whether the answer to a call differs from the run without faults. */
function differs(usual: TraceEvent | undefined, event: TraceEvent): boolean {
  if (usual === undefined || event.outcome !== usual.outcome) return true;
  return event.errno !== usual.errno || event.refusal?.check !== usual.refusal?.check;
}

/** Describes the first changed call if the failed request does not explain the change. */
function unexpectedChange(usual: Trace, trace: Trace, kind: FaultKind): string | undefined {
  const at = trace.events.findIndex((event, i) => differs(usual.events[i], event));
  const event = trace.events[at];
  if (event === undefined) return undefined;
  const place = `line ${event.line ?? "?"}: ${event.text}`;
  const { errno, outcome, reason, decisions } = event;
  if (kind === "lsm" && decisions?.some(({ check }) => check.startsWith("lsm."))) return undefined;
  if (errno !== undefined && (expected[kind] as readonly string[]).includes(errno)) {
    return undefined;
  }
  const was = usual.events[at];
  return `${place}: ${errno ?? reason ?? outcome} in place of ${was?.errno ?? was?.outcome}`;
}

function changes(before: string, after: string): string {
  const [was, is] = [before, after].map((text) => JSON.parse(text) as Record<string, number>);
  return Object.entries(is ?? {})
    .filter(([name, count]) => was?.[name] !== count)
    .map(([name, count]) => `${name} ${was?.[name]} → ${count}`)
    .join(", ");
}
