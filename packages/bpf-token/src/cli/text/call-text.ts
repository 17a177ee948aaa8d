// SPDX-License-Identifier: MIT

/** Where a broken call goes on: deeper than its beginning. */
const DEEPER = "    ";

/**
 * Breaks a call after commas into lines of at most `width` columns, as a program would be written.
 * Commas inside of strings do not count; a part that is wider than the line stays whole.
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

/** The text, cut after each `, ` outside of strings. */
function parts(text: string): readonly string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|[^",]|,(?! ))+(?:, )?|, |"/g) ?? [text];
}

/**
 * A call without what only a machine needs: the size of bpf()'s attr and the count of instructions,
 * where the scenario left both to us.
 */
export function shortCall(text: string): string {
  return text.replace(/^(bpf\(.*\}), \d+\)$/s, "$1)").replace(/, insn_cnt: \d+\}\)$/, "})");
}

/**
 * Puts the answer after the last line of a call, in a column of its own where there is room, and
 * on a line of its own where there is none.
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
