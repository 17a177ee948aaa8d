// SPDX-License-Identifier: MIT
import { FindingError } from "../usage.js";

/** The recorder writes at most 90 MB in one line. */
const MOST_CHARACTERS = 1 << 27;

/**
 * Splits a text that arrives in pieces into lines, without their line breaks.
 *
 * @param most - the length of the longest line, in characters.
 * @throws FindingError for a longer line, of which a string may not have room for all.
 */
export async function splitLines(
  pieces: AsyncIterable<unknown>,
  onLine: (line: string) => void,
  most: number = MOST_CHARACTERS,
): Promise<void> {
  let held: string[] = [];
  let size = 0;
  let number = 1;
  const hold = (piece: string): void => {
    size += piece.length;
    if (size > most) throw new FindingError(`line ${number} has more than ${most} characters`);
    held.push(piece);
  };
  const release = (): void => {
    const line = held.join("");
    held = [];
    size = 0;
    number++;
    onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  for await (const piece of pieces) {
    const [first = "", ...more] = String(piece).split("\n");
    hold(first);
    for (const next of more) {
      release();
      hold(next);
    }
  }
  if (size > 0) release();
}
