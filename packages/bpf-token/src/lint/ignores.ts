// SPDX-License-Identifier: MIT

/** Which findings a file ignores, by line. */
export type Ignores = (id: string, line: number) => boolean;

const comment = /bpf-token: ignore(-file)?(?:\[([\w.,* -]*)\])?/;

/**
 * Reads comments such as `# bpf-token: ignore[lint.any]`. One is about its own line and the next
 * command; before a block of a page, about the block; `ignore-file` is about the file. Without ids, it is about all.
 */
export function ignoresIn(text: string): Ignores {
  if (!text.includes("bpf-token: ignore")) return () => false;
  const lines = text.split("\n");
  const after = afterComments(lines);
  const ranges = lines.flatMap((line, at) => {
    const [found, whole, list] = comment.exec(line) ?? [];
    if (found === undefined) return [];
    const ids = list?.split(",").map((id) => id.trim());
    const next = after[at + 1] ?? at + 1;
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(lines[next] ?? "")?.[1];
    const end = fence === undefined ? commandEnd(lines, at + 1) : lines.indexOf(fence, next + 1);
    return [{ ids, from: whole ? 0 : at, to: whole || end < 0 ? lines.length : end }];
  });
  return (id, line) =>
    ranges.some(
      ({ ids, from, to }) =>
        line - 1 >= from && line - 1 <= to && (ids === undefined || ids.includes(id)),
    );
}

/** The last line of the command that begins on a line: a backslash at the end continues it. */
function commandEnd(lines: readonly string[], start: number): number {
  let at = start;
  while (lines[at]?.endsWith("\\") === true) at++;
  return at;
}

/** For each line, the first one from there on that is no comment of a page. */
function afterComments(lines: readonly string[]): readonly number[] {
  const after: number[] = [];
  for (let at = lines.length - 1; at >= 0; at--) {
    after[at] = lines[at]?.startsWith("<!--") ? (after[at + 1] ?? at + 1) : at;
  }
  return after;
}
