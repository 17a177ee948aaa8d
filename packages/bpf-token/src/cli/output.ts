// SPDX-License-Identifier: MIT
import { applyColours, type Screen } from "./text/paint.js";

/** An output stream of the program: a terminal, a pipe or a file. */
export interface Stream extends Screen {
  write(text: string): unknown;
}

/** Control characters, characters without width that change the direction of text, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What a CI service takes for a command in a log: `::x` starts a line, `##x[` is anywhere. */
const COMMAND = /^\s*:(?=:)|#(?=#\w{0,20}\[)/g;

/**
 * Replaces control characters and the start of commands by their code, as in JSON: ESC becomes
 * `\u001b`. Names and texts in inputs are anybody's; a terminal or a CI service would execute them.
 */
const visible = (text: string): string =>
  printable(text).replace(COMMAND, (found) => found.slice(0, -1) + codeOf(found.slice(-1)));

/** Replaces control characters and the like by their code. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, codeOf);

const codeOf = (char: string): string =>
  [...Array(char.length).keys()]
    .map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * Writes text to a stream. This is the only place where the program writes text: commands pass it
 * unchanged, and every unprintable character becomes visible here, before colours are applied.
 */
export class Output implements Screen {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  get isTTY(): boolean | undefined {
    return this.#stream.isTTY;
  }

  get columns(): number | undefined {
    return this.#stream.columns;
  }

  /** Writes one line. A line break in `text` becomes visible too, so a name cannot start a line. */
  line(text = ""): void {
    this.#stream.write(`${applyColours(text, visible)}\n`);
  }

  /** Writes text of several lines, such as JSON or a help text. */
  lines(text: string): void {
    const lines = text.replace(/\n$/, "").split("\n");
    this.#stream.write(lines.map((line) => `${visible(line)}\n`).join(""));
  }

  /** Writes a command of a CI service. The caller encodes what an input could end it with. */
  command(text: string): void {
    this.#stream.write(`${printable(text)}\n`);
  }

  /** Replaces the current line of a terminal. */
  progress(text = ""): void {
    this.#stream.write(`\r\u001b[K${visible(text)}`);
  }
}
