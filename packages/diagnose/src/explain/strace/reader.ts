// SPDX-License-Identifier: MIT

import { StraceJoiner } from "../../evidence/strace-joiner.js";
import type { StraceCall } from "../../evidence/strace-line.js";
import type { Clues } from "../clues.js";
import type { EvidenceLine } from "../explanation.js";
import { parsePerror } from "../perror.js";
import type { Ranking } from "../ranking.js";
import { quoted } from "../rules/rule.js";
import { judgeCall } from "./judge.js";
import { judgeCommandName } from "./judge-bpf.js";
import { because, type JudgedCall } from "./judged.js";
import { StraceState } from "./state.js";

/** Characters that are kept of an interrupted call. */
const PENDING_TEXT = 1 << 16;
const names = new Set([
  ...[
    "bpf",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount",
    "openat",
    "open",
    "perf_event_open",
  ],
  ...["setrlimit", "prlimit64", "uname", "seccomp", "prctl", "unshare", "clone", "clone3", "setns"],
  ...["recvmsg", "recvfrom"],
]);

/** Calls that no code judges, but the rules for a step and an errno. */
const ruled = new Set(["bind", "ioctl", "mkdir", "mkdirat"]);

/** A judged call, and where it is. */
interface Placed {
  readonly judged: JudgedCall;
  readonly at: EvidenceLine;
}

/** Probes that are kept: a loader makes few before it gives up. */
const PROBES = 16;

/** Reads a log of strace, line by line, and gives the reasons of refused calls to a ranking. */
export class StraceReader {
  readonly #ranking: Ranking;
  readonly #state: StraceState;
  readonly #joiner = new StraceJoiner(PENDING_TEXT);
  #last: Placed | undefined;
  /** The refused probe for the map of variables: libbpf makes it only for a program that has them. */
  #lost: Placed | undefined;
  /** Loads that can be probes and were refused, while nothing was created after them. */
  #probes: Placed[] = [];

  constructor(ranking: Ranking, clues: Clues) {
    this.#ranking = ranking;
    this.#state = new StraceState(clues);
  }

  /** Takes a line. Returns whether it is one of strace. */
  take(line: number, text: string): boolean {
    const placed = this.#joiner.take(text, line);
    if (placed === undefined) return false;
    if (placed === null) return true;
    this.#judge(line, placed.call, text);
    // What a program writes can be the message that a rule knows, and rules know some refused calls.
    return (
      placed.call.name !== "write" && !(ruled.has(placed.call.name) && placed.call.errno !== "")
    );
  }

  /** Takes a line that may name a command and its errno. Returns whether it does. */
  takePerror(line: number, text: string): boolean {
    const found = parsePerror(text);
    if (found === undefined) return false;
    const judged = judgeCommandName(found.cmd, found.errno, this.#state);
    if (judged === undefined) return false;
    this.#ranking.add({ ...judged, strength: 2 }, { line, text: quoted(text) });
    return true;
  }

  /** The call that failed last counts most: programs stop there. Of probes with a token, the first one does. */
  finish(): void {
    // A real call that fails after probes ends the program; without one, the probes do.
    if (this.#last?.judged.first !== true) this.#forgetProbes();
    for (const { judged, at } of this.#probes) this.#ranking.add(judged, at);
    if (this.#last === undefined) return;
    const lost = this.#last.judged.variables === "later" ? this.#lost : undefined;
    const { judged, at } = this.#probes.find(ignoresToken) ?? lost ?? this.#last;
    this.#ranking.add({ ...judged, strength: 4, again: true }, at);
  }

  #judge(line: number, call: StraceCall, text: string): void {
    if (!names.has(call.name)) return;
    if (call.name === "bpf" && /\.\.\.[},]/.test(call.args) && call.errno !== "") {
      this.#ranking.addUnknown(
        "the log is cut (`...`), so fields of refused calls are missing; record it with strace -f -v -s 65536",
      );
    }
    const judged = judgeCall(call, this.#state);
    this.#state.note(call);
    if (isCreation(call)) this.#forgetProbes();
    if (judged === undefined) return;
    const at = { line, text: quoted(text) };
    if (judged.main) this.#last = { judged, at };
    if (judged.variables === "probe") this.#lost ??= { judged, at };
    if (judged.first !== true) this.#ranking.add(judged, at);
    else if (this.#probes.length < PROBES) this.#probes.push({ judged, at });
    if (judged.unknown !== undefined) this.#ranking.addUnknown(judged.unknown);
  }

  /** The loader continued after them. */
  #forgetProbes(): void {
    for (const { judged, at } of this.#probes)
      this.#ranking.add(because([judged.harmless ?? "explain.probe_answer"]), at);
    this.#probes = [];
    if (this.#last?.judged.first === true) this.#last = undefined;
  }
}

const ignoresToken = ({ judged }: Placed): boolean =>
  judged.causes[0]?.startsWith("token.dropped.") === true;

const isCreation = ({ name, args, result }: StraceCall): boolean =>
  name === "bpf" &&
  result !== undefined &&
  result >= 0 &&
  /^BPF_(?:MAP_CREATE|PROG_LOAD)/.test(args);
