// SPDX-License-Identifier: MIT
import { quoted } from "./rules/rule.js";

/** The reason that a verifier's log ends with. */
export interface VerifierReason {
  readonly line: number;
  readonly text: string;
  /** The reason as part of a sentence. */
  readonly says: string;
  /** Whether the log has its end: the last line of a cut log can be another message. */
  readonly isWhole: boolean;
}

/** A line of instructions: `12: (85) call bpf_x#1`, also after the prefix of a logger. */
const instruction = /(?:^|["'\s])\d+: \([0-9a-f]{2}\) /;
/** Lines of a log that are neither instruction nor reason. */
const noise =
  /(?:^|["'\s])(?:R\d+(?:_\w+)?=|frame\d+|fp-?\d|from \d+ to \d+|; |func#\d+ @|mark_precise|last_idx|regs=|parent |\d+: safe|\d+: R\d|caller|callee|verification time|stack depth|propagating|Arg#\d|-- (?:BEGIN|END))|^\s*;|^\s*$/;
const summary = /processed (\d+) insns?|-- END (?:PROG LOAD )?LOG --/;
const heading = /^\s*(?:\S+: )?Verification failed: ([^:]+)(?:: (.*))?$/;

/**
 * Finds the reason in verifier logs of all generations: the last line that is no instruction before
 * `processed N insns`, or the block `Verification failed: …` of Linux 7.3.
 */
export class VerifierText {
  #inside = false;
  #cut = false;
  #last: { line: number; text: string } | undefined;
  /** The line before: the reason, if the verifier refuses a program before its first instruction. */
  #before: { line: number; text: string } | undefined;
  #block: { line: number; text: string; says: string; reason: boolean } | undefined;

  /** Whether the text has instructions, and no reason of the verifier. */
  get isCut(): boolean {
    return this.#cut;
  }

  /** Whether a log has begun: then any line can be the reason. */
  get open(): boolean {
    return this.#inside || this.#block !== undefined;
  }

  /** Takes a line. Returns the reason at the end of a log. */
  take(line: number, text: string): VerifierReason | undefined {
    const begun = heading.exec(text);
    if (begun !== null) {
      const [, category = "", problem = ""] = begun;
      const says = `the verifier rejects the program: ${quoted(problem || category)}`;
      this.#block = { line, text, says, reason: false };
      return undefined;
    }
    if (this.#block !== undefined) this.#readBlock(this.#block, text);
    if (instruction.test(text)) {
      this.#inside = true;
      this.#cut = true;
      this.#last = undefined;
      return undefined;
    }
    if (summary.test(text)) {
      if (!this.#inside && text.includes("processed 0 insns")) this.#last = this.#before;
      return this.#end(true);
    }
    this.#before = noise.test(text) ? undefined : { line, text };
    if (this.#inside && this.#block === undefined) this.#last ??= this.#before;
    return undefined;
  }

  /** Returns the reason of a log that ends without its summary, as that of kernels before 5.2. */
  finish(): VerifierReason | undefined {
    return this.#end(false);
  }

  #readBlock(block: { says: string; reason: boolean }, text: string): void {
    if (/^\s*Reason:/.test(text)) block.reason = true;
    else if (block.reason && text.trim() !== "") {
      block.says += `: ${quoted(text)}`;
      block.reason = false;
    }
  }

  #end(isWhole: boolean): VerifierReason | undefined {
    if (isWhole || this.#last !== undefined || this.#block !== undefined) this.#cut = false;
    const block = this.#block;
    const last = this.#last;
    this.#inside = false;
    this.#last = undefined;
    this.#block = undefined;
    if (block !== undefined) {
      return { line: block.line, text: block.text, says: block.says, isWhole: true };
    }
    if (last === undefined) return undefined;
    const says = `the verifier rejects the program: ${quoted(last.text)}`;
    return { ...last, says, isWhole };
  }
}
