// SPDX-License-Identifier: MIT
import { run, type Scenario, type Trace, type TraceEvent } from "@bpf-token/scenario";
import { type FaultKind, mounts, NotModelledError, raw } from "@bpf-token/syscall";
import { AT, type ErrnoName, MNT, O } from "@bpf-token/uapi";
import type { ModelKernel } from "./proofs/proof.js";

/** A kernel that can be put back to where it was. */
export interface RestorableKernel extends ModelKernel {
  snapshot(): unknown;
  restore(snapshot: never): void;
}

/**
 * What may come of a request that fails, in the first call that comes out otherwise than without
 * the fault. What is not ENOMEM is what the kernel makes of it: a program that has no memory is
 * EINVAL (PL-13), an inode ENOSPC (TC-11), or ENFILE where a pipe has none, and a message of a
 * context is not there to be read (ENODATA), or in its place is one that says so, which is longer
 * (EMSGSIZE). A security module that refuses something may have any consequence, but then it is on
 * the record.
 */
const expected: Readonly<Record<FaultKind, readonly ErrnoName[]>> = {
  alloc: ["ENOMEM", "ENOSPC", "EINVAL", "ENFILE", "EFAULT", "ENODATA", "EMSGSIZE"],
  inode: ["ENOMEM", "ENOSPC", "ENFILE"],
  file: ["ENFILE", "ENOMEM"],
  fd: ["EMFILE"],
  lsm: ["EPERM", "EACCES"],
};

/** How a walk went. */
export interface FaultWalk {
  /** How many runs met a fault. */
  readonly faults: number;
  /** What was wrong, one line each; empty if nothing. */
  readonly wrong: readonly string[];
}

/**
 * Lives through a scenario again and again; each time a later request of a kind fails, until there
 * is none left to fail. Whatever fails, the kernel must go on, answer with an errno that fits, and
 * in the end have nothing alive that was not alive before.
 *
 * @param steps - which requests to fail, in order: all, or some.
 */
export function walkFaults(
  kernel: RestorableKernel,
  scenario: Scenario,
  kind: FaultKind,
  steps: Iterable<number>,
): FaultWalk {
  const start = kernel.snapshot() as never;
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
    if (after !== before) wrong.push(`${kind} ${n}: alive ${changes(before, after)}`);
  }
  kernel.restore(start);
  return { faults, wrong };
}

/** The names of files that a story's calls were given. */
function namesIn({ events }: Trace): readonly string[] {
  const texts = events.flatMap(({ args }) => args.map(({ text }) => /^"(.*)"$/.exec(text)?.[1]));
  return [...new Set(texts.filter((name) => name !== undefined && name !== ""))] as string[];
}

/** What the relative ones of these names are in a folder. */
function below(folder: string, names: readonly string[]): string[] {
  return names.filter((name) => !name.startsWith("/")).map((name) => `${folder}${name}`);
}

/** Answers -1 for a name that the model does not have: only a task's own files can be left behind. */
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
 * What a story that went another way has left in the file systems of the first namespace.
 *
 * @param own - what was there before.
 * @param relative - also what it named from within a folder: where a mount failed, such names have
 *   come to be in the folder below; where a chdir failed, in the root.
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
    // What else stands right below the root was there before.
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

/** Whether a call was answered in another way than usual. */
function differs(usual: TraceEvent | undefined, event: TraceEvent): boolean {
  if (usual === undefined || event.outcome !== usual.outcome) return true;
  return event.errno !== usual.errno || event.refusal?.check !== usual.refusal?.check;
}

/** Why the first call that came out otherwise did so for no good reason. */
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
