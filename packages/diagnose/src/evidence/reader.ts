// SPDX-License-Identifier: MIT

import { fromRecording } from "./from-recording.js";
import { tracedBpf } from "./from-strace.js";
import type { RecordedCall, RecordedCalls } from "./recorded-call.js";
import { RecordingError, RecordingParser } from "./recording.js";
import { StraceJoiner } from "./strace-joiner.js";

/** How a file of `bpf-token trace -o` starts. */
const RECORDING = '{"schema":"bpf-token/trace@';
/** The longest line that is read, in characters. Programs of a million instructions have less. */
const LINE = 1 << 27;

/** A letter for each byte. */
const latin1 = new TextDecoder("latin1");

type Contents = Omit<RecordedCall, "number" | "line">;

/**
 * Reads the bpf() calls of a recording of `bpf-token trace -o`, or of a log of strace, piece by piece.
 *
 * @example
 * ```ts
 * const reader = new RecordedCallReader();
 * reader.push(await readFile("strace.log", "utf8"));
 * for (const { number, command, errno } of reader.finish().calls) console.log(number, command, errno);
 * ```
 */
export class RecordedCallReader {
  /** The first of all calls that are equal, apart from the log. */
  readonly #calls = new Map<string, RecordedCall>();
  readonly #notes = new Set<string>();
  readonly #parser = new RecordingParser();
  readonly #joiner = new StraceJoiner(LINE);
  readonly #numbers = new Map<number, number>();
  #kind: "recording" | "strace" | undefined;
  #cut: RecordingError | undefined;
  #pieces: string[] = [];
  #held = 0;
  #lines = 0;
  #count = 0;
  #cutLines = 0;
  #firstCut = 0;

  /**
   * Takes the next piece of the text; it may end within a line.
   *
   * @throws {@link RecordingError} for a line of a recording that is invalid, or too long.
   */
  push(text: string): void {
    const [first = "", ...rest] = text.split("\n");
    this.#hold(first);
    for (const next of rest) {
      this.#take(this.#release());
      this.#hold(next);
    }
  }

  /**
   * Ends the text and returns the calls, in the order in which they began. Equal calls are one call.
   *
   * @throws {@link RecordingError} if the last line is invalid.
   */
  finish(): RecordedCalls {
    this.#take(this.#release());
    if (this.#cut !== undefined) {
      this.#notes.add(`The recording is cut: ${this.#cut.message}. Later calls are unknown.`);
    }
    for (const { call, begin } of this.#joiner.unfinished())
      this.#addTo(fromRecording(tracedBpf(call)), begin);
    const cut = this.#cutLines;
    if (cut > 0) {
      const where = cut === 1 ? "a call" : `${cut} calls, the first`;
      this.#notes.add(
        `The log cuts ${where} on line ${this.#firstCut}. Record with: strace -f -v -s 65536 -o FILE COMMAND`,
      );
    }
    const calls = [...this.#calls.values()].sort((a, b) => a.number - b.number);
    return { calls, notes: [...this.#notes] };
  }

  #hold(piece: string): void {
    this.#held += piece.length;
    if (this.#held > LINE) {
      throw new RecordingError(`line ${this.#lines + 1}: has more than ${LINE} characters`);
    }
    this.#pieces.push(piece);
  }

  #release(): string {
    const line = this.#pieces.join("");
    this.#pieces = [];
    this.#held = 0;
    return line;
  }

  #take(whole: string): void {
    this.#lines++;
    const line = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
    if (this.#kind === undefined && line.trim() === "") return;
    this.#kind ??= line.startsWith(RECORDING) ? "recording" : "strace";
    if (this.#kind === "strace") this.#takeStrace(line);
    else this.#takeRecorded(line);
  }

  #takeRecorded(line: string): void {
    if (line === "") return;
    if (this.#cut !== undefined) throw this.#cut;
    try {
      const event = this.#parser.parse(line);
      if (event?.type === "call") this.#addTo(fromRecording(event), this.#lines);
    } catch (error) {
      // Only the last line of a recording can be cut.
      if (!(error instanceof RecordingError) || this.#lines === 1) throw error;
      this.#cut = error;
    }
  }

  #takeStrace(line: string): void {
    const begins = /\bbpf\((?:BPF_[A-Z]|\d)/.test(line);
    if (!begins && !line.includes("bpf resumed>")) return;
    if (begins) this.#numbers.set(this.#lines, ++this.#count);
    const placed = this.#joiner.take(line, this.#lines);
    if (placed === undefined) this.#cutLine(this.#lines);
    else if (placed !== null) this.#addTo(fromRecording(tracedBpf(placed.call)), placed.begin);
  }

  #addTo(contents: Contents | undefined, line: number | undefined): void {
    if (contents === undefined) return;
    if (line === undefined) {
      this.#notes.add("The log lacks the start of a bpf() call, so its type is unknown.");
      return;
    }
    const number = this.#numbers.get(line) ?? ++this.#count;
    this.#numbers.delete(line);
    const typed = contents.command === "MAP_CREATE" || contents.command === "PROG_LOAD";
    if (typed && contents.type === undefined) this.#cutLine(line);
    const { helpers, callback, bytes } = contents.instructions ?? {};
    const code = latin1.decode(bytes);
    const instructions = [helpers, callback, code];
    const key = JSON.stringify([{ ...contents, instructions, log: "" }]);
    const known = this.#calls.get(key);
    if (known === undefined) this.#calls.set(key, { ...contents, number, line });
    else if (number < known.number) this.#calls.set(key, { ...known, number, line });
  }

  #cutLine(line: number): void {
    this.#cutLines++;
    if (this.#cutLines === 1) this.#firstCut = line;
  }
}
