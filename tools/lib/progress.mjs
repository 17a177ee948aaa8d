// SPDX-License-Identifier: MIT

const TERMINAL_MS = 200;
const LINES_MS = 5000;
const WIPE = "\u001b[K";

/** Milliseconds as minutes and seconds: `1:05`. */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
}

/**
 * Shows the progress of long work: rewrites one line in a terminal, else prints a line every five
 * seconds.
 */
export class Progress {
  #out;
  #text;
  #started = performance.now();
  #timer;
  #written = false;

  /**
   * @param text - called for each line; returns the progress.
   * @param options - `out`, the stream; `silentMs`, the delay before the first line, because short
   *   work needs no line.
   */
  constructor(text, { out = process.stderr, silentMs = 0 } = {}) {
    this.#text = text;
    this.#out = out;
    if (silentMs === 0) this.#first();
    else this.#timer = setTimeout(() => this.#first(), silentMs).unref();
  }

  #first() {
    this.#write();
    const every = this.#out.isTTY ? TERMINAL_MS : LINES_MS;
    this.#timer = setInterval(() => this.#write(), every).unref();
  }

  #write() {
    this.#written = true;
    const line = `${this.#text()}, ${clock(performance.now() - this.#started)}`;
    if (!this.#out.isTTY) this.#out.write(`${line}\n`);
    else this.#out.write(`\r${line.slice(0, (this.#out.columns || 80) - 1)}${WIPE}`);
  }

  /** Stops the progress; clears the line in a terminal. */
  end() {
    clearTimeout(this.#timer);
    if (this.#written && this.#out.isTTY) this.#out.write(`\r${WIPE}`);
  }
}
