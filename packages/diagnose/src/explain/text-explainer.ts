// SPDX-License-Identifier: MIT
import type { Facts } from "../facts.js";
import { type Clues, noteClues, startClues } from "./clues.js";
import { errnoIn, inEnglish, withErrnoLast } from "./errno-text.js";
import { ErrorChain } from "./error-chain.js";
import type { EvidenceLine, Explanation } from "./explanation.js";
import { loggedLines } from "./logger-line.js";

import { type Hint, Ranking } from "./ranking.js";
import { findRule } from "./rules/index.js";
import { quoted, type Rule } from "./rules/rule.js";
import { StraceReader } from "./strace/reader.js";
import { type VerifierReason, VerifierText } from "./verifier-text.js";

/** What {@link explainText} knows besides the text. */
export interface ExplainOptions {
  /** The release of the kernel, such as `6.12`; else the text may name it. */
  readonly release?: string;
  /** A report of the process (`bpf-token doctor --bundle`). It excludes causes. */
  readonly facts?: Facts;
}

/** Longer lines are shortened in the middle: the end of a system call has its result. */
const LINE = 1 << 18;
const END = 1 << 12;
/** Hints that are kept until a line is about BPF. */
const PENDING = 16;

/** Words without which no rule applies. Most lines of a large log have none. */
const interesting =
  /bpf|btf|delegate|token|prog|map|perf|probe|trac|memlock|rlimit|lockdown|avc:|apparmor|seccomp|syscall|selinux|xdp|mtu|cgroup|namespace|capab|kallsyms|kernel|linux|ksym|relo|verif|insn|R\d|func|fsopen|fspick|fsconfig|mount|userns|uid_map|root|sigsys|signal=sys|clone|unfinished|resumed|\d: \(|unreachable|prohibited|stack|loop|licen|gpl|strace|errno|error|exclusiv|status=|header|uname|capeff|qdisc|permitted|denied|permission|eperm|eacces|opcode|resol|modules|busy|unavailable|invalid|too long|no such|caused by|above exception|attach|privileg|failed to load|complex|firewalling|not supported|sa_family|pointer|arg#|register|\biter\b|umem|allocate|misaligned|generic|amd64|x86_64|aarch64|arm64|\belf\b/i;

/** The name of a program in the journal. */
const program = /^[\w.@()-]{1,64}(?:\[\d{1,10}\])?: /;

/** Whether a rule can know the line. */
export const isInteresting = (line: string): boolean => interesting.test(line);

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals are removed
const escapes = /\u001b\[[0-9;]*[A-Za-z]|\u001b\][^\u0007\u001b]{0,256}(?:\u0007|\u001b\\)|\r/g;

/**
 * Explains a text piece by piece, in bounded memory: error texts of loaders and container managers,
 * logs of strace, of the verifier and of the kernel, mixed in any order.
 *
 * @example
 * ```ts
 * const explainer = new TextExplainer();
 * for await (const chunk of process.stdin) explainer.push(String(chunk));
 * console.log(explainer.finish().verdict);
 * ```
 */
export class TextExplainer {
  readonly #clues: Clues;
  readonly #ranking: Ranking;
  readonly #verifier = new VerifierText();
  readonly #chain = new ErrorChain();
  readonly #strace: StraceReader;
  /** Hints of lines that may be about something else. */
  readonly #pending: [Hint & Pick<Rule, "unknown">, EvidenceLine][] = [];
  #rest = "";
  #lines = 0;
  /** The first instruction of a log of the verifier. */
  #verifierLine: EvidenceLine | undefined;

  constructor({ facts, release }: ExplainOptions = {}) {
    this.#clues = startClues(facts, release);
    this.#ranking = new Ranking(this.#clues.gvisor);
    this.#strace = new StraceReader(this.#ranking, this.#clues);
  }

  /** Takes the next piece of the text; it may end within a line. */
  push(text: string): void {
    const lines = text.split("\n");
    lines[0] = this.#rest + (lines[0] ?? "");
    const last = lines.pop() ?? "";
    this.#rest = shortened(last);
    for (const line of lines) this.#take(line);
  }

  /** Ends the text and returns the explanation. */
  finish(): Explanation {
    if (this.#rest !== "") this.#take(this.#rest);
    this.#rest = "";
    const reason = this.#verifier.finish();
    if (reason !== undefined) this.#addReason(reason);
    this.#strace.finish();
    this.#addPending();
    this.#addCut();
    this.#addUndelegated();
    this.#addIntercepted();
    if (this.#clues.gvisor !== undefined && this.#clues.verified) {
      this.#ranking.addUnknown(
        "which process the text is of: the report is of one in gVisor, which has no verifier",
      );
    }
    return this.#ranking.explain(this.#clues, this.#lines);
  }

  #take(whole: string): void {
    const number = ++this.#lines;
    if (!this.#verifier.open && !isInteresting(whole)) return;
    const line = shortened(whole).replace(escapes, "");
    if (this.#strace.take(number, line)) {
      noteClues(this.#clues, line, number);
      return;
    }
    for (const one of loggedLines(line)) this.#takeLine(number, inEnglish(one));
  }

  #takeLine(number: number, line: string): void {
    noteClues(this.#clues, line, number);
    if (this.#strace.take(number, line.replace(program, ""))) return;
    const reason = this.#verifier.take(number, line);
    if (reason !== undefined) this.#addReason(reason);
    if (this.#verifier.open) this.#verifierLine ??= { line: number, text: quoted(line) };
    if (this.#strace.takePerror(number, line)) return;
    const forms = [...this.#chain.take(line, number), line];
    const found = findRule(...forms.flatMap((form) => [form, withErrnoLast(form)]));
    if (found === undefined || found.rule.causes.length === 0) {
      this.#clues.bare ??= errnoIn(line);
      return;
    }
    const { rule, match } = found;
    const hint = { ...rule, says: rule.says?.(match) };
    const at = { line: number, text: quoted(line) };
    if (rule.onlyForBpf !== true || this.#clues.bpf) this.#ranking.add(hint, at);
    else if (this.#pending.length < PENDING) this.#pending.push([hint, at]);
  }

  /** What may be about something else counts if a later line is about BPF. */
  #addPending(): void {
    for (const [hint, at] of this.#pending) {
      if (this.#clues.bpf) this.#ranking.add(hint, at);
      else {
        this.#clues.bare ??= errnoIn(at.text);
        if (hint.unknown !== undefined) this.#ranking.addUnknown(hint.unknown);
      }
    }
  }

  /** A log of the verifier without its end: the program is refused, but the reason is missing. */
  #addCut(): void {
    const at = this.#verifierLine;
    if (at === undefined || !this.#verifier.isCut || !this.#clues.failed) return;
    const causes = ["explain.verifier", "explain.verifier_capability"] as const;
    this.#ranking.add({ causes, strength: 1 }, at);
    this.#ranking.addUnknown(
      "the end of the verifier's log: its last line before `processed N insns` names the reason",
    );
  }

  /** A BPF filesystem that delegates nothing matters only if something is refused without a token. */
  #addUndelegated(): void {
    const at = this.#clues.undelegated;
    if (at === undefined || !this.#ranking.has("explain.no_token")) return;
    this.#ranking.add({ causes: ["token.create.delegation"], strength: 3 }, at);
  }

  /** The container manager decides about bpf() in place of the kernel. */
  #addIntercepted(): void {
    const at = this.#clues.intercepted;
    const refused = ["map.create.sysctl", "prog.load.sysctl"] as const;
    if (at === undefined || !refused.some((id) => this.#ranking.has(id))) return;
    this.#ranking.add({ causes: ["explain.intercept", "explain.no_token"], strength: 3 }, at);
  }

  #addReason({ line, text, says, isWhole }: VerifierReason): void {
    // A rule knows the reason better, and has taken its line already.
    if (findRule(text) !== undefined && !text.includes("Verification failed")) return;
    this.#ranking.add(
      { causes: ["explain.verifier"], strength: isWhole ? 3 : 2, says },
      { line, text: quoted(text) },
    );
  }
}

const shortened = (line: string): string =>
  line.length <= LINE ? line : `${line.slice(0, LINE - END)}...${line.slice(-END)}`;

/**
 * Explains error texts and logs: which cause is most likely, which others fit, and which fact decides.
 *
 * @example
 * ```ts
 * const { verdict, candidates } = explainText(await readFile("strace.log", "utf8"));
 * console.log(verdict, candidates[0]?.fix);
 * ```
 */
export function explainText(text: string, options: ExplainOptions = {}): Explanation {
  const explainer = new TextExplainer(options);
  explainer.push(text);
  return explainer.finish();
}
