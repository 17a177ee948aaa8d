// SPDX-License-Identifier: MIT
import type { Confidence, Finding } from "../doctor/finding.js";
import { GVISOR_CAUSE } from "../doctor/gvisor.js";
import { type CauseId, causeText } from "./cause.js";
import { type Clues, weigh } from "./clues.js";
import { excludedBy, hasNoTokens, isOfLinux } from "./exclusions.js";
import type { Candidate, EvidenceLine, Explanation } from "./explanation.js";

/** What one line says about causes. */
export interface Hint {
  readonly causes: readonly CauseId[];
  /** 4: a system call with its arguments. 3 to 1: as in a rule. */
  readonly strength: 1 | 2 | 3 | 4;
  /** The first cause in the words of the line. */
  readonly says?: string | undefined;
  /** Fix of the first cause, in place of the usual one. */
  readonly fix?: readonly string[] | undefined;
  /** Whether the line was counted before: now it only weighs more. */
  readonly again?: boolean;
}

interface Entry {
  score: number;
  /** Whether the line names this cause. */
  named: boolean;
  /** Whether it is the first cause of a line that names more than an errno. */
  first: boolean;
  says: string | undefined;
  /** Whether a line gives a reason for this cause alone. */
  told: boolean;
  fix: readonly string[] | undefined;
  readonly evidence: EvidenceLine[];
  count: number;
}

const EVIDENCE = 3;
const SHOWN = 6;

/** The causes of a line that names only an errno are almost as likely as each other, so that facts decide. */
const scoreOf = (strength: Hint["strength"], i: number): number =>
  strength > 1 || i === 0 ? Math.max(1, strength * 10 - i * 3) : Math.max(1, 7.8 - i * 0.8);

/** Whether a line gives a reason for one cause alone. */
const tells = ({ says, causes }: Hint): boolean => says !== undefined && causes.length === 1;

/** Collects hints and ranks their causes. Its size does not depend on the length of the text. */
export class Ranking {
  readonly #entries = new Map<CauseId, Entry>();
  readonly #unknown = new Set<string>();
  readonly #gvisor: Finding | undefined;

  /** Takes the finding about gVisor, if it answers the calls of the process. */
  constructor(gvisor?: Finding) {
    this.#gvisor = gvisor;
  }

  /** Takes the hint of a line. */
  add(hint: Hint, at: EvidenceLine): void {
    if (this.#gvisor !== undefined && hint.causes.some(isOfLinux)) {
      const { cause, fix } = this.#gvisor;
      const { again = false } = hint;
      this.#add({ causes: [GVISOR_CAUSE], strength: 4, says: cause, fix, again }, at);
    }
    this.#add(hint, at);
  }

  #add(hint: Hint, at: EvidenceLine): void {
    this.#inOrder(hint).forEach((id, i) => {
      const score = scoreOf(hint.strength, i);
      const entry = this.#entries.get(id);
      if (entry === undefined) {
        this.#entries.set(id, {
          score,
          named: hint.strength >= 3 && hint.causes.length === 1,
          first: i === 0 && hint.strength > 1,
          says: i === 0 ? hint.says : undefined,
          told: tells(hint),
          fix: i === 0 ? hint.fix : undefined,
          evidence: [at],
          count: 1,
        });
        return;
      }
      const repeats = entry.evidence.some(({ line, text }) => line === at.line && text === at.text);
      if (hint.again !== true && !repeats) {
        entry.count++;
        if (entry.evidence.length < EVIDENCE) entry.evidence.push(at);
      }
      entry.named ||= hint.strength >= 3 && hint.causes.length === 1;
      // The first line that is at least as strong names the cause: loaders fail at their first error.
      if (score > entry.score || entry.says === undefined) {
        if (i === 0 && hint.says !== undefined) entry.says = hint.says;
        if (i === 0 && hint.fix !== undefined) entry.fix = hint.fix;
      }
      entry.told ||= tells(hint);
      entry.first ||= i === 0 && hint.strength > 1;
      entry.score = Math.max(entry.score, score);
    });
  }

  /** The last call stopped the program, but only another line says which of its causes did. */
  #inOrder({ causes, says, again }: Hint): readonly CauseId[] {
    const told = causes.find((id) => this.#entries.get(id)?.told === true);
    if (again !== true || says !== undefined || told === undefined) return causes;
    return [told, ...causes.filter((id) => id !== told)];
  }

  /** Whether a cause fits. */
  has(id: CauseId): boolean {
    return this.#entries.has(id);
  }

  /** Notes what the text cannot show. There are few such sentences. */
  addUnknown(text: string): void {
    this.#unknown.add(text);
  }

  /** Returns the explanation. */
  explain(clues: Clues, lines: number): Explanation {
    const reasons = [...this.#entries.keys()].map((id) => ({ id, why: excludedBy(id, clues) }));
    const excluded = reasons.flatMap(({ id, why }) => (why === undefined ? [] : [{ id, why }]));
    const isExcluded = new Set(excluded.map(({ id }) => id));
    const weighed = [...this.#entries]
      .filter(([id]) => !isExcluded.has(id))
      .map(([id, entry]) => ({ id, entry, score: entry.score * weigh(id, clues) }))
      .sort((a, b) => b.score - a.score);
    const harmful = weighed.filter(({ id }) => causeText(id).kind !== "harmless");
    const harmless = weighed.filter(({ id }) => causeText(id).kind === "harmless");
    const candidates = harmful
      .slice(0, SHOWN)
      .map(({ id, entry }, i) =>
        candidateOf(id, entry, confidenceOf(entry, i === 0, excluded.length > 0)),
      )
      .map((one) => withReport(one, this.#gvisor));
    return {
      verdict: verdictOf(candidates, harmless.length > 0, excluded.length > 0, clues),
      token: tokenMatter(candidates, clues),
      candidates,
      excluded,
      harmless: harmless.map(({ id, entry }) => candidateOf(id, entry, "likely")),
      unknown: [...this.#unknown],
      lines,
    };
  }
}

/** The first of the causes that the facts leave is likely, too. */
const confidenceOf = (entry: Entry, isFirst: boolean, isNarrowed: boolean): Confidence =>
  entry.named ? "certain" : isFirst && (entry.first || isNarrowed) ? "likely" : "possible";

function candidateOf(id: CauseId, entry: Entry, confidence: Confidence): Candidate {
  const { kind, cause, decides, fix } = causeText(id);
  return {
    id,
    kind,
    confidence,
    cause: entry.says ?? cause,
    evidence: entry.evidence,
    count: entry.count,
    decides,
    fix: entry.fix ?? fix,
  };
}

/** The report shows that it is gVisor, and the lines of the text only that a call was refused. */
function withReport(candidate: Candidate, gvisor: Finding | undefined): Candidate {
  if (gvisor === undefined || candidate.id !== GVISOR_CAUSE) return candidate;
  const shown = gvisor.evidence.map((text) => ({ line: 0, text }));
  return {
    ...candidate,
    confidence: gvisor.confidence,
    evidence: [...shown, ...candidate.evidence].slice(0, EVIDENCE),
    count: candidate.count + shown.length,
    decides: "on the host, /proc/PID/exe: runsc is gVisor; in the container, uname -r: 4.4.0",
  };
}

function tokenMatter(candidates: readonly Candidate[], { release }: Clues): Explanation["token"] {
  const [first] = candidates;
  if (first === undefined) return "unknown";
  if (hasNoTokens(release)) return "no";
  if (first.kind === "token") return "yes";
  // A missing capability can be a missing token: both are in the list then.
  const open = first.confidence !== "certain" && first.kind === "capability";
  return open && candidates.some(({ kind }) => kind === "token") ? "unknown" : "no";
}

const matters = {
  yes: "a token matter",
  no: "not a token matter",
  unknown: "a token or a capability is missing",
} as const;

const RECORD =
  "`bpf-token trace -- COMMAND` explains the calls themselves, and strace -f -v -s 65536 records them";

function verdictOf(
  candidates: readonly Candidate[],
  harmless: boolean,
  excluded: boolean,
  clues: Clues,
): string {
  const { bare } = clues;
  const [first] = candidates;
  if (first === undefined) {
    if (excluded) return `cannot tell: the facts exclude every cause that fits the text; ${RECORD}`;
    if (bare !== undefined) {
      return `cannot tell: the text has the errno ${bare}, but not the call that it belongs to; ${RECORD}`;
    }
    return harmless
      ? "no failure found: the messages that look like errors are harmless"
      : `no known message about BPF found; ${RECORD}`;
  }
  const sure = first.confidence === "possible" ? "possibly, " : "";
  return `${matters[tokenMatter(candidates, clues)]}: ${sure}${first.cause}`;
}
