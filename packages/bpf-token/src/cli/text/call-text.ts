// SPDX-License-Identifier: MIT

/** Indentation of the further lines of a call. */
const DEEPER = "    ";

/**
 * Breaks a call after commas into lines of at most `width` columns. Ignores commas in strings. A part
 * that is wider than a line stays whole.
 */
export function breakCall(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of parts(text)) {
    if (line.trim() !== "" && line.length + part.trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = DEEPER;
    }
    line += part;
  }
  return [...lines, line.trimEnd()];
}

/** Splits the text after each `, ` outside of strings. */
function parts(text: string): readonly string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|[^",]|,(?! ))+(?:, )?|, |"/g) ?? [text];
}

/**
 * Removes what a reader does not need: the size of bpf()'s attr and `insn_cnt`, where they stand at
 * the end of the call.
 */
export function shortCall(text: string): string {
  return text.replace(/^(bpf\(.*\}), \d+\)$/s, "$1)").replace(/, insn_cnt: \d+\}\)$/, "})");
}

/**
 * Appends the answer to the last line of a call, aligned to a column. If there is no room, the answer
 * gets its own line.
 */
export function withAnswer(
  lines: readonly string[],
  answer: { readonly text: string; readonly painted: string },
  width: number,
  paintCall: (text: string) => string,
): readonly string[] {
  const column = Math.max(0, Math.min(44, width - 18));
  const last = lines.at(-1) ?? "";
  const painted = lines.map(paintCall);
  const end = Math.max(last.length + 2, column);
  if (end + answer.text.length > width) {
    const indent = column + answer.text.length > width ? DEEPER.length : column;
    return [...painted, " ".repeat(indent) + answer.painted];
  }
  return [
    ...painted.slice(0, -1),
    `${paintCall(last)}${" ".repeat(end - last.length)}${answer.painted}`,
  ];
}
