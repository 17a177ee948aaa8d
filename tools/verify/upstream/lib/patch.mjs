// SPDX-License-Identifier: MIT
// Extracts a new file from a patch, as `git apply` would write it.
import { createHash } from "node:crypto";
import { CheckError } from "./errors.mjs";

/** The name that git has for a file with this content. */
export function gitBlob(bytes) {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Lines without the carriage returns that mail may add. */
function linesOf(text) {
  return text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** The lines of the hunk that creates the file, from the line after its header. */
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
 * Extracts one new file from a patch in a mail or a web page.
 *
 * Quoted copies (lines that start with `>`) are ignored. The patch names the hash of the content
 * (`index 0000..HASH`), which is checked to detect damaged text.
 *
 * @param text - the mail or the page.
 * @param path - the file, from the top of the tree.
 * @returns `{ bytes, blob }`: the content, and git's hash of it if the patch names one.
 * @throws CheckError if the patch does not create the file, or is incomplete.
 */
export function fileFromPatch(text, path) {
  const lines = linesOf(text);
  const start = lines.findIndex((line) => line.startsWith(`diff --git a/${path} b/${path}`));
  if (start < 0) throw new CheckError(`the patch does not touch ${path}`);
  const next = lines.findIndex((line, i) => i > start && line.startsWith("diff --git "));
  const end = next < 0 ? lines.length : next;
  const hunk = lines.findIndex((line, i) => i > start && i < end && line.startsWith("@@ "));
  const header = hunk < 0 ? null : /^@@ -0,0 \+1(?:,(\d+))? @@/.exec(lines[hunk]);
  if (header === null) throw new CheckError(`the patch changes ${path}, but does not create it`);

  const added = addedLines(lines.slice(0, end), hunk + 1, Number(header[1] ?? 1), path);
  const bytes = Buffer.from(`${added.join("\n")}\n`, "utf8");
  const index = lines.slice(start, hunk).find((line) => line.startsWith("index "));
  const blob = /\.\.([0-9a-f]{7,40})/.exec(index ?? "")?.[1];
  if (blob !== undefined && !gitBlob(bytes).startsWith(blob)) {
    throw new CheckError(
      `${path} in the patch does not have the hash that the patch names (index ${blob})`,
    );
  }
  return { bytes, blob };
}
