// SPDX-License-Identifier: MIT
// Takes a new file out of the text of a patch: the bytes that applying it would make.
import { createHash } from "node:crypto";
import { CheckError } from "./errors.mjs";

/** The name that git has for a file of this content. */
export function gitBlob(bytes) {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Lines without the carriage returns that mail may add. */
function linesOf(text) {
  return text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** The lines of the one hunk that makes the file, from its header's number on. */
function addedLines(lines, at, count, path) {
  const added = lines.slice(at, at + count);
  const odd = added.findIndex((line) => !line.startsWith("+"));
  if (odd >= 0 || added.length < count) {
    const line = at + (odd >= 0 ? odd : added.length) + 1;
    throw new CheckError(`line ${line}: ${path} ends before its ${count} lines do`);
  }
  return added.map((line) => line.slice(1));
}

/**
 * Takes one new file out of a patch, as posted or as a page or a mail shows it.
 *
 * Quoted copies (lines that start with `>`) are not looked at. The name that the patch gives the
 * content (`index 0000..NAME`) is checked, so that a damaged text is noticed.
 *
 * @param text - the mail or the page.
 * @param path - the file, from the top of the tree.
 * @returns `{ bytes, blob }`: the content, and git's name for it if the patch says one.
 * @throws CheckError where the patch does not make the file, or not whole.
 */
export function fileFromPatch(text, path) {
  const lines = linesOf(text);
  const start = lines.findIndex((line) => line.startsWith(`diff --git a/${path} b/${path}`));
  if (start < 0) throw new CheckError(`the patch does not touch ${path}`);
  const next = lines.findIndex((line, i) => i > start && line.startsWith("diff --git "));
  const end = next < 0 ? lines.length : next;
  const hunk = lines.findIndex((line, i) => i > start && i < end && line.startsWith("@@ "));
  const header = hunk < 0 ? null : /^@@ -0,0 \+1(?:,(\d+))? @@/.exec(lines[hunk]);
  if (header === null) throw new CheckError(`the patch changes ${path}, it does not make it`);

  const added = addedLines(lines.slice(0, end), hunk + 1, Number(header[1] ?? 1), path);
  const bytes = Buffer.from(`${added.join("\n")}\n`, "utf8");
  const index = lines.slice(start, hunk).find((line) => line.startsWith("index "));
  const blob = /\.\.([0-9a-f]{7,40})/.exec(index ?? "")?.[1];
  if (blob !== undefined && !gitBlob(bytes).startsWith(blob)) {
    throw new CheckError(`${path} in the patch is not the file that it names (index ${blob})`);
  }
  return { bytes, blob };
}
