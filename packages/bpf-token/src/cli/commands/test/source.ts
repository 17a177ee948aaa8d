// SPDX-License-Identifier: MIT
import { resolve } from "node:path";
import type { LineCoverage } from "../../../program-test/index.js";
import { readRegular } from "./read.js";

/** Characters that would control a page of the report or a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this removes them
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The last line for which a page has room. */
const MOST_LINES = 200_000;

/**
 * Returns the text of a source file: the file itself, or the lines that the object has of it. An object can name
 * any file of this machine, so the file counts only if it has the text of each line of the object.
 *
 * @param lines - lines of an object, also of other files.
 * @param folders - where a relative name starts.
 */
export function sourceOf(
  file: string,
  lines: readonly LineCoverage[],
  folders: readonly string[],
): string {
  const own = lines.filter((line) => line.file === file && line.line <= MOST_LINES);
  const text = folders
    .map((folder) => readText(resolve(folder, file)))
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
  const last = Math.max(0, ...own.map(({ line }) => line));
  const texts = new Map(own.map(({ line, text }) => [line, text]));
  return Array.from({ length: last }, (_, i) => texts.get(i + 1)?.replaceAll("\n", " ") ?? "");
}
