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
  const { after, commands, blocks } = endsOf(lines);
  const ranges = lines.flatMap((line, at) => {
    const [found, whole, list] = comment.exec(line) ?? [];
    if (found === undefined) return [];
    const ids = list?.split(",").map((id) => id.trim());
    const end = blocks.get(after[at + 1] ?? at + 1) ?? commands[at + 1] ?? at + 1;
    return [{ ids, from: whole ? 0 : at, to: whole ? lines.length : end }];
  });
  return (id, line) =>
    ranges.some(
      ({ ids, from, to }) =>
        line - 1 >= from && line - 1 <= to && (ids === undefined || ids.includes(id)),
    );
}

/** What a comment is about, found from the end: a hostile file has a comment on every line. */
interface Ends {
  /** For each line, the first one from there on that is no comment of a page. */
  readonly after: readonly number[];
  /** For each line, the last one of its command: a backslash at the end continues it. */
  readonly commands: readonly number[];
  /** For the first line of each block of a page, the last one. */
  readonly blocks: ReadonlyMap<number, number>;
}

function endsOf(lines: readonly string[]): Ends {
  const after: number[] = [];
  const commands: number[] = [];
  const blocks = new Map<number, number>();
  const closing = new Map<string, number>();
  for (const [at, line] of [...lines.entries()].reverse()) {
    after[at] = line.startsWith("<!--") ? (after[at + 1] ?? at + 1) : at;
    commands[at] = line.endsWith("\\") ? (commands[at + 1] ?? at + 1) : at;
    const [opening, fence = ""] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (opening === undefined) continue;
    blocks.set(at, closing.get(fence) ?? lines.length);
    closing.set(line, at);
  }
  return { after, commands, blocks };
}
