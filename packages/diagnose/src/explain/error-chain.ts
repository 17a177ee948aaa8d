// SPDX-License-Identifier: MIT
// Errors whose errno stands in a line of its own.
import { errnoOfLine, hasWords, isBareErrno } from "./errno-text.js";

/** What stands before the text of an error: arrows, the program, a number or a word. */
const mark =
  /^[\s×│├╰─▶-]{0,24}(?:[\w.-]{1,64}\[\d{1,10}\]: )?(?:\d{1,2}: (?!\()|Error: |Caused by: |\[cause\]: )?/;
/** An error of a chain: Rust, Go and Java print what failed first, then its causes. */
const link =
  /^\s{0,16}(?:[\w.-]{1,64}\[\d{1,10}\]: )?(?:\d{1,2}: (?!\()|Error: |Caused by: )|^\s{0,16}[×├╰]|\bbpf\(BPF_[A-Z_]{3,40}\)\s*$|:\s*$/;
/** A command that a shell printed. */
const command = /(?:^|["\s])(?:\+{1,4}|\$) \w/;
const failing = /\bfail|\berror\b|could ?n[o']t|\bcannot\b|\bcan't\b|\bunable\b/i;
/** The first error of a chain. */
const begins = /^\s{0,16}(?:[\w.-]{1,64}\[\d{1,10}\]: )?Error: /;
const causedBy = /^\s*(?:[\w.-]{1,64}\[\d{1,10}\]: )?Caused by:\s*$/;
/** Python prints the cause first. */
const thenRaised = /^(?:The above exception was|During handling of the above)/;
/** The message of a logger among short fields. */
const message =
  /^(?:\w{1,20}=(?:"[^"]{0,80}"|[^\s"]{1,80}) ){0,6}msg="((?:[^"\\]|\\.)*)"(?: \w{1,20}=[^\s"]{1,80}){0,6}$/;
/** The errno of a stack trace can be far from its error. */
const farCause = /^\s{0,16}Caused by: /;
/** A cause stands at most this many lines after its error. */
const REACH = 6;
const FAR = 100;
/** An error, and the one before it. */
const HEADS = 2;
const LONGEST = 1000;

interface At {
  readonly text: string;
  readonly line: number;
}

/** Joins an error and the cause or errno that stands in another line. */
export class ErrorChain {
  /** Errors that wait for an errno, the newest first. */
  #heads: readonly At[] = [];
  #inCauses = false;
  /** An errno that stood alone. */
  #errno: At | undefined;
  #isRaised = false;
  /** The line before. */
  #before = "";

  /** Takes a line. Returns the errors with the cause that the line adds, the likeliest first. */
  take(whole: string, number: number): readonly string[] {
    if (whole.length > LONGEST || whole.trim() === "") return [];
    const logged = whole.slice(prefixOf(this.#before, whole));
    const line = message.exec(logged)?.[1] ?? logged;
    this.#before = whole;
    if (causedBy.test(line)) this.#inCauses = true;
    if (thenRaised.test(line)) this.#isRaised = true;
    if (!hasWords(line) && errnoOfLine(line) === undefined) return [];
    return this.#join(line, whole, number);
  }

  #join(line: string, whole: string, number: number): readonly string[] {
    if (begins.test(whole) || begins.test(line)) this.#begin();
    const text = line.replace(mark, "").trim();
    const reach = farCause.test(line) ? FAR : REACH;
    const heads = this.#heads.filter((head) => number - head.line <= reach);
    const isBare = isBareErrno(text);
    const isCause = isBare || (this.#inCauses && heads.length > 0 && !text.startsWith("at "));
    if (isBare) this.#errno = { text, line: number };
    else this.#note(whole, number, isCause);
    const joined = isCause ? heads.map((head) => `${head.text}: ${text}`) : [];
    return isBare ? joined : [...joined, ...this.#raised(text, number)];
  }

  #begin(): void {
    this.#heads = [];
    this.#inCauses = false;
  }

  /** Notes an error without an errno; one with an errno ends the ones before. */
  #note(line: string, number: number, isCause: boolean): void {
    const isError = isCause || [link, command, failing].some((find) => find.test(line));
    if (errnoOfLine(line) !== undefined) this.#heads = [];
    else if (isError) {
      const text = line.replace(mark, "").trim();
      this.#heads = [{ text, line: number }, ...this.#heads].slice(0, HEADS);
    }
    if (!isCause) this.#inCauses = false;
  }

  #raised(text: string, number: number): readonly string[] {
    const errno = this.#errno;
    if (!this.#isRaised || errno === undefined || number - errno.line > FAR) return [];
    if (!failing.test(text)) return [];
    this.#isRaised = false;
    return [`${text}: ${errno.text}`];
  }
}

/**
 * The length of the logger's text before two lines: what is equal except for digits, up to a space. The
 * lines of one error begin with the same time, host and program.
 */
function prefixOf(before: string, line: string): number {
  let end = 0;
  for (let i = 0; i < line.length; i++) {
    const char = line.charCodeAt(i);
    if (char !== before.charCodeAt(i) && !(isDigit(char) && isDigit(before.charCodeAt(i)))) break;
    if (char === SPACE || char === TAB) end = i + 1;
  }
  return end;
}

const [TAB, SPACE, ZERO, NINE] = [0x09, 0x20, 0x30, 0x39];
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
