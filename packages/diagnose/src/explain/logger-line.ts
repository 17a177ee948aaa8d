// SPDX-License-Identifier: MIT
// What a program logged, without the marks of the logger, the journal or the page that quotes it.

/** Marks of mail and pages, of docker compose, and of the journal: time and host, before the program. */
const marks =
  /^\s{0,16}(?:>\s?){1,4}|^[\w.-]{1,64}-\d{1,3} {1,8}\| |^[A-Z][\p{L}]{2,3}\.? {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? [\w.-]{1,64} (?=[\w.@()-]{1,64}(?:\[\d{1,10}\])?: )/u;
/** Spaces of pages and word processors. */
const spaces = /[\u00a0\u2000-\u200a\u202f\u3000]/g;
const escaped = /\\[nt"]/;

/**
 * Returns the lines that a line of a log contains: the texts of a JSON object, and those that a logger wrote
 * as `\n` into one line.
 *
 * @example
 * ```ts
 * loggedLines('{"msg":"load failed","error":"permission denied"}'); // ["load failed: permission denied"]
 * ```
 */
export function loggedLines(whole: string): readonly string[] {
  const line = whole.replace(spaces, " ").replace(marks, "");
  const text = /^\s*\{"/.test(line) ? (textsOfJson(line) ?? line) : line;
  if (!escaped.test(text)) return text.split("\n");
  return text
    .replaceAll('\\"', '"')
    .replaceAll("\\t", "\t")
    .split(/\\n|\n/);
}

/** The texts in an object, in its order; undefined if the line is cut or is no JSON. */
function textsOfJson(line: string): string | undefined {
  const texts: string[] = [];
  try {
    JSON.parse(line, (_, value: unknown) => {
      if (typeof value === "string") texts.push(value);
    });
    return texts.join(": ");
  } catch {
    return undefined;
  }
}
