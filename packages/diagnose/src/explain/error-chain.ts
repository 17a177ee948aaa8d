// SPDX-License-Identifier: MIT

/** `Error: WHAT` of Rust programs, or the call alone in a line. */
const head = /^\s{0,16}(?:[\w.-]{1,64}\[\d{1,10}\]: )?(?:Error: (.*)|bpf\((BPF_[A-Z_]{3,40})\))/;
const causedBy = /^\s*(?:[\w.-]{1,64}\[\d+\]: )?Caused by:\s*$/;
const cause = /^(?:[\w.-]{1,64}\[\d+\]: )?\s*(?:\d+: )?(\S.*)$/;
const message = /^\s*OS message\s{0,8}: (.+)$/;
/** A cause stands at most this many lines after its error. */
const REACH = 6;

/** Joins an error and its errno that stand in lines of their own: `Error: …`, `Caused by:`, `…`. */
export class ErrorChain {
  #head: string | undefined;
  #age = 0;
  #inCauses = false;

  /** Takes a line. Returns the error with the cause that the line adds. */
  take(line: string): string | undefined {
    const begun = line.length < 1000 ? head.exec(line) : null;
    if (begun !== null) {
      this.#head = begun[1] ?? begun[2];
      this.#age = 0;
      this.#inCauses = false;
      return undefined;
    }
    if (++this.#age > REACH) this.#head = undefined;
    if (this.#head === undefined) return undefined;
    if (causedBy.test(line)) {
      this.#inCauses = true;
      return undefined;
    }
    const added = (message.exec(line) ?? (this.#inCauses ? cause.exec(line) : null))?.[1];
    return added === undefined ? undefined : `${this.#head}: ${added}`;
  }
}
