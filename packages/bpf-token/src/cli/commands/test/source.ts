// SPDX-License-Identifier: MIT
import { join, resolve } from "node:path";
import type { LineCoverage } from "../../../program-test/index.js";
import { readRegular } from "./read.js";

/** Characters that would control a page of the report or a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this removes them
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The last line for which a page has room. */
const MOST_LINES = 200_000;

/**
 * Returns the text of a source file: the file itself, or the lines that the object has of it. An object can name
 * any file of this machine, so the file counts only below one of the folders, and only with the text of each line
 * that the object has of it.
 *
 * @param own - all lines of the file.
 * @param folders - absolute; a relative name starts in each of them.
 */
export function sourceOf(
  file: string,
  own: readonly LineCoverage[],
  folders: readonly string[],
): string {
  const paths = folders.map((folder) => resolve(folder, file));
  const text = paths
    .filter((path) => folders.some((folder) => path.startsWith(join(folder, "/"))))
    .map(readText)
    .find((text) => text !== undefined && hasLines(text, own));
  return (text ?? linesOf(own).join("\n")).replaceAll(CONTROL, "?");
}

function readText(path: string): string | undefined {
  try {
    return Buffer.from(readRegular(path)).toString("utf8");
  } catch {
    // The object may come from another machine.
    return undefined;
  }
}

function hasLines(text: string, own: readonly LineCoverage[]): boolean {
  const all = text.split("\n");
  return own.every(({ line, text }) => {
    const wanted = text.trim();
    return wanted !== "" && all[line - 1]?.trim() === wanted;
  });
}

function linesOf(own: readonly LineCoverage[]): readonly string[] {
  const lines: string[] = [];
  for (const { line, text } of own)
    if (line <= MOST_LINES) lines[line - 1] = text.replaceAll("\n", " ");
  return Array.from(lines, (line) => line ?? "");
}
