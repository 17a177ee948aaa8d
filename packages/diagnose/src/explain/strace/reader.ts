// SPDX-License-Identifier: MIT
import type { Clues } from "../clues.js";
import type { EvidenceLine } from "../explanation.js";
import type { Ranking } from "../ranking.js";
import { quoted } from "../rules/rule.js";
import { StraceJoiner } from "./joiner.js";
import { judgeCall } from "./judge.js";
import type { JudgedCall } from "./judged.js";
import type { StraceCall } from "./line.js";
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
]);

/** Reads a log of strace, line by line, and gives the reasons of refused calls to a ranking. */
export class StraceReader {
  readonly #ranking: Ranking;
  readonly #state: StraceState;
  readonly #joiner = new StraceJoiner(PENDING_TEXT);
  #last: { readonly judged: JudgedCall; readonly at: EvidenceLine } | undefined;

  constructor(ranking: Ranking, clues: Clues) {
    this.#ranking = ranking;
    this.#state = new StraceState(clues);
  }

  /** Takes a line. Returns whether it is one of strace. */
  take(line: number, text: string): boolean {
    const placed = this.#joiner.take(text, line);
    if (placed === undefined) return false;
    if (placed !== null) this.#judge(line, placed.call, text);
    return true;
  }

  /** The call that failed last counts most: programs stop there. */
  finish(): void {
    if (this.#last === undefined) return;
    const { judged, at } = this.#last;
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
    if (judged === undefined) return;
    const at = { line, text: quoted(text) };
    if (judged.main) this.#last = { judged, at };
    this.#ranking.add(judged, at);
    if (judged.unknown !== undefined) this.#ranking.addUnknown(judged.unknown);
  }
}
