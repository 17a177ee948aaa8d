// SPDX-License-Identifier: MIT

import { callText, commandIn } from "../evidence/call-text.js";
import type { TraceEvent } from "../evidence/traced-call.js";
import type { Facts } from "../facts.js";
import type { CallFinding } from "../replay/call-finding.js";
import { couldUseToken } from "../replay/judge.js";
import { attachingBy } from "../replay/netlink.js";
import { probeName } from "../replay/probe.js";
import { CallReplay, type CallReplayOptions } from "../replay/replay.js";
import { type RefusedAt, weighed } from "./weigh.js";

/** A process that was recorded while it ran, and its calls that the kernel refused. */
export interface ObservedProcess {
  /** Its state at the first refused call; without one at its first bpf() call, or as it was executed. */
  readonly facts: Facts;
  /** Its refused calls, in order. A probe that the loader does not need is a note. */
  readonly refused: readonly CallFinding[];
  /** How many bpf() calls it made. */
  readonly calls: number;
  /** How many later processes with the same credentials were refused the same calls. */
  readonly alike: number;
  /** Whether it executed its last program after that state, and made no call since. */
  readonly outdated: boolean;
  /** Its load of an XDP or tc program that no later bpf() call attached. */
  readonly unattached?: string;
  /** Whether the recorded command failed; undefined if this is unknown. */
  readonly failed?: boolean;
}

/** What is known of one recorded process. */
interface Seen {
  readonly pid: number;
  last: Facts | undefined;
  /** The state at the first bpf() call. */
  atCall: Facts | undefined;
  calls: number;
  /** The position of the last call that created a map or loaded a program, probes aside. */
  created: number;
  /** The position of the last bpf() call. */
  lastCall: number;
  /** Whether it tried to create a token. */
  triesToken: boolean;
  /** The last load of a program for an interface, until a call attaches or pins it. */
  unattached: string | undefined;
  /** The position of the last event that gave the state of the process or executed a program. */
  executed: number;
  /** Whether it executed a program after that. */
  outdated: boolean;
  readonly refused: RefusedAt[];
}

type Group = ObservedProcess & {
  readonly first: number;
  alike: number;
  /** What decides whether another group is equal: its credentials, calls, answers and reasons. */
  readonly keys: readonly string[];
};

/**
 * Follows recorded processes and picks those to diagnose: each one whose call was refused, unless an
 * earlier one with the same credentials was refused the same calls. Without a refused call, the first
 * process that called bpf(), else the one that was executed last. Feed it the events of a recording.
 *
 * @example
 * ```ts
 * const observer = new ProcessObserver();
 * for (const event of events) observer.add(event);
 * for (const observed of observer.end()) {
 *   console.log(diagnose(observed.facts, { observed }).verdict);
 * }
 * ```
 */
export class ProcessObserver {
  readonly #replay: CallReplay;
  readonly #seen = new Map<number, Seen>();
  #index = 0;
  #events = 0;

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
    this.#events++;
    if (event.type === "process") {
      one.last = event.facts;
      one.executed = this.#events;
      one.outdated = false;
    }
    if (event.type !== "call") return;
    if (/^execve(?:at)?$/.test(event.name) && event.result >= 0) {
      one.executed = this.#events;
      one.outdated = true;
    }
    const index = this.#index++;
    if (event.name === "bpf") {
      one.calls++;
      one.lastCall = index;
      one.atCall ??= one.last;
      one.triesToken ||= commandIn(event) === "TOKEN_CREATE";
      const creates = /^(?:MAP_CREATE|PROG_LOAD)$/.test(commandIn(event) ?? "");
      const real = probeName(event) === undefined;
      if (creates && real && event.result >= 0) one.created = index;
      const attaching = real ? attachingBy(event) : undefined;
      if (attaching === "loaded") one.unattached = callText(event);
      if (attaching === "attached") one.unattached = undefined;
    }
    if (event.result >= 0 || one.last === undefined) return;
    for (const finding of findings) one.refused.push({ finding, call: event, facts: one.last });
  }

  /**
   * Ends the replay and returns the processes to diagnose, in the order of their first refused call.
   *
   * @param run - whether the recorded command succeeded. Then a program that no call attached is no reason to
   *   warn.
   * @returns empty if no process was recorded.
   */
  end(run: { readonly succeeded?: boolean } = {}): readonly ObservedProcess[] {
    this.#replay.close();
    const all = [...this.#seen.values()];
    if (run.succeeded === true) for (const one of all) one.unattached = undefined;
    const failed = run.succeeded === undefined ? {} : { failed: !run.succeeded };
    const judged = all.flatMap(groupsOf).map((one) => ({ ...one, ...failed }));
    const groups = distinct(judged.sort((a, b) => a.first - b.first));
    const stopped = groups.filter(({ refused }) => refused.some((one) => one.severity !== "note"));
    if (stopped.length > 0) return stopped;
    if (groups.length > 0) return groups.slice(0, 1);
    const known = all.filter(({ last }) => last !== undefined);
    const one =
      known.find(({ calls }) => calls > 0) ?? known.sort((a, b) => b.executed - a.executed)[0];
    const facts = one?.atCall ?? one?.last;
    if (one === undefined || facts === undefined) return [];
    const outdated = one.calls === 0 && one.outdated;
    const { calls } = one;
    return [{ facts, refused: [], calls, alike: 0, outdated, ...unattachedIn(one), ...failed }];
  }

  #of(pid: number): Seen {
    const known = this.#seen.get(pid);
    if (known !== undefined) return known;
    const seen: Seen = {
      pid,
      last: undefined,
      atCall: undefined,
      calls: 0,
      created: -1,
      lastCall: -1,
      triesToken: false,
      unattached: undefined,
      executed: -1,
      outdated: false,
      refused: [],
    };
    this.#seen.set(pid, seen);
    return seen;
  }
}

/** What the kernel looks at before it looks at the call. */
const credentials = ({ uid, userns, capabilities, seccomp }: Facts): string =>
  [uid, userns.inode, capabilities.effective, seccomp].join(" ");

const unattachedIn = ({ unattached }: Seen): Pick<ObservedProcess, "unattached"> =>
  unattached === undefined ? {} : { unattached };

/** The refused calls of a process, one group for each of its credentials. */
function groupsOf(seen: Seen): readonly Group[] {
  const { refused, created, lastCall, calls, triesToken } = seen;
  const groups = new Map<string, RefusedAt[]>();
  for (const one of weighed(refused, created, lastCall)) {
    const key = credentials(one.facts);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((list) => {
    const [{ facts, finding }] = list as [RefusedAt, ...RefusedAt[]];
    const first = list.find((one) => one.finding.severity !== "note")?.finding ?? finding;
    return {
      ...{ facts, calls, alike: 0, outdated: false, first: first.index },
      ...unattachedIn(seen),
      keys: list.filter((one) => one.finding.severity !== "note").map(keyOf),
      refused: list.map((one) => (triesToken ? one.finding : withLoader(one))),
    };
  });
}

/** Says that the program creates no token, if its call could have used one. */
function withLoader({ finding, call, facts }: RefusedAt): CallFinding {
  const lacksToken = finding.outcome === "explained" && couldUseToken(call);
  if (facts.userns.initial || !lacksToken || call.result !== -1) return finding;
  const step =
    "the program creates no token: use a loader with token support, such as libbpf 1.4, cilium/ebpf 0.22 or newer";
  return { ...finding, fix: [...finding.fix, step] };
}

const keyOf = ({ facts, call, finding: { id, cause } }: RefusedAt): string =>
  [credentials(facts), call.name, commandIn(call), call.result, id, cause].join(" ");

/** Skips processes whose credentials, calls and answers an earlier one had. */
function distinct(groups: readonly Group[]): readonly Group[] {
  const known = new Map<string, Group>();
  const kept: Group[] = [];
  for (const group of groups) {
    const { keys } = group;
    const before = keys.map((key) => known.get(key));
    const [earlier] = before;
    if (earlier !== undefined && before.every((one) => one !== undefined)) earlier.alike++;
    else kept.push(group);
    for (const key of keys) if (!known.has(key)) known.set(key, group);
  }
  return kept;
}
