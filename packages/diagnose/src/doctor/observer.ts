// SPDX-License-Identifier: MIT
import type { Facts } from "../facts.js";
import type { CallFinding } from "../replay/call-finding.js";
import { commandIn } from "../replay/call-text.js";
import { CallReplay, type CallReplayOptions } from "../replay/replay.js";
import type { TraceEvent } from "../replay/traced-call.js";

/** A process that was recorded while it ran, and its calls that the kernel refused. */
export interface ObservedProcess {
  /** Its state at the first refused call; without one at its first bpf() call, or as it was executed. */
  readonly facts: Facts;
  /** Its refused calls, in order. A probe that the loader does not need is a note. */
  readonly refused: readonly CallFinding[];
  /** How many bpf() calls it made. */
  readonly calls: number;
  /** How many calls of other recorded processes were refused as well. */
  readonly others: number;
}

/** What is known of one recorded process. */
interface Seen {
  last: Facts | undefined;
  /** The state at the first bpf() call. */
  atCall: Facts | undefined;
  /** The state at the first refused call. */
  atRefusal: Facts | undefined;
  calls: number;
  /** The position of the last call that created a map or loaded a program. */
  created: number;
  refused: CallFinding[];
}

/**
 * Follows recorded processes and picks the one to diagnose: the first whose call was refused, else the
 * first that called bpf(), else the first that was executed. Feed it the events of a recording.
 *
 * @example
 * ```ts
 * const observer = new ProcessObserver();
 * for (const event of events) observer.add(event);
 * const observed = observer.end();
 * if (observed !== undefined) console.log(diagnose(observed.facts, { observed }).verdict);
 * ```
 */
export class ProcessObserver {
  readonly #replay: CallReplay;
  readonly #seen = new Map<number, Seen>();
  #index = 0;

  constructor(options: CallReplayOptions = {}) {
    this.#replay = new CallReplay(options);
  }

  /**
   * Follows one event.
   *
   * @throws RangeError if the release in the first facts is not of the form `X.Y`.
   */
  add(event: TraceEvent): void {
    const one = this.#of(event.pid);
    const findings = this.#replay.add(event);
    if (event.type === "process") one.last = event.facts;
    if (event.type !== "call") return;
    const index = this.#index++;
    if (event.name === "bpf") {
      one.calls++;
      one.atCall ??= one.last;
      const creates = /^(?:MAP_CREATE|PROG_LOAD)$/.test(commandIn(event) ?? "");
      if (creates && event.result >= 0) one.created = index;
    }
    if (findings.length === 0 || event.result >= 0) return;
    one.atRefusal ??= one.last;
    one.refused.push(...findings);
  }

  /** Ends the replay and returns the process to diagnose; undefined if none was recorded. */
  end(): ObservedProcess | undefined {
    this.#replay.close();
    const all = [...this.#seen.values()].filter(({ last }) => last !== undefined);
    const refusedIn = (severity: CallFinding["severity"]): Seen | undefined =>
      all.find(({ refused }) => refused.some((one) => one.severity === severity));
    const one =
      refusedIn("error") ??
      refusedIn("warning") ??
      all.find(({ calls, refused }) => calls > 0 || refused.length > 0) ??
      all[0];
    const facts = one?.atRefusal ?? one?.atCall ?? one?.last;
    if (one === undefined || facts === undefined) return undefined;
    const others = all.filter((other) => other !== one).flatMap(({ refused }) => refused);
    return { facts, refused: weighed(one), calls: one.calls, others: others.length };
  }

  #of(pid: number): Seen {
    const known = this.#seen.get(pid);
    if (known !== undefined) return known;
    const seen: Seen = {
      last: undefined,
      atCall: undefined,
      atRefusal: undefined,
      calls: 0,
      created: -1,
      refused: [],
    };
    this.#seen.set(pid, seen);
    return seen;
  }
}

/**
 * A loader that got no token continues without one. If it then created its maps or programs, and nothing else
 * was refused, the refused TOKEN_CREATE did no harm.
 */
function weighed({ refused, created }: Seen): readonly CallFinding[] {
  const isToken = ({ call }: CallFinding): boolean => call.startsWith("bpf(BPF_TOKEN_CREATE");
  if (refused.some((one) => one.severity === "error" && !isToken(one))) return refused;
  return refused.map((one) =>
    isToken(one) && one.index < created ? { ...one, severity: "note" } : one,
  );
}
