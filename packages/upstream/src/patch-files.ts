// SPDX-License-Identifier: MIT
import { linesOf, type TextLine, unquoted } from "./mail.js";

/** A file that a patch changes. */
export interface PatchedFile {
  /** Path in a kernel tree. */
  readonly path: string;
  /** Whether the patch has no text of the change: a binary patch, or only its announcement. */
  readonly binary: boolean;
}

/** How many levels of quoting are searched. */
const DEPTH = 4;

/**
 * Returns the files that the patches of a text change, in order, each once.
 *
 * @example
 * ```ts
 * filesOfPatch(readFileSync("fix.patch", "utf8")); // [{ path: "kernel/bpf/token.c", binary: false }]
 * ```
 */
export function filesOfPatch(text: string): readonly PatchedFile[] {
  let level: readonly TextLine[] | undefined = linesOf(text);
  for (let depth = 0; depth < DEPTH && level !== undefined; depth++) {
    const found = filesIn(level);
    if (found.length > 0) return found;
    level = unquoted(level);
  }
  return [];
}

function filesIn(lines: readonly TextLine[]): readonly PatchedFile[] {
  const found = new Map<string, boolean>();
  let path = "";
  for (const [i, { text }] of lines.entries()) {
    const next = lines[i + 1]?.text ?? "";
    if (text.startsWith("diff --git ")) {
      path = withoutPrefix(text.slice(text.lastIndexOf(" b/") + 1));
      found.set(path, found.get(path) ?? false);
    } else if (text.startsWith("--- ") && next.startsWith("+++ ")) {
      const [before, after] = [nameOf(text), nameOf(next)];
      path = after === "/dev/null" ? before : after;
      found.set(path, found.get(path) ?? false);
    } else if (text === "GIT binary patch" || /^Binary files .* differ$/.test(text)) {
      if (path !== "") found.set(path, true);
    }
  }
  return [...found].map(([name, binary]) => ({ path: name, binary }));
}

/** The name in a line `--- NAME` or `+++ NAME`, which a tab and a date may follow. */
function nameOf(line: string): string {
  const name = line.slice("+++ ".length).split("\t", 1)[0]?.trim() ?? "";
  return name === "/dev/null" ? name : withoutPrefix(name);
}

/** Removes the folder that git and `diff -u` put before a path of the tree. */
function withoutPrefix(name: string): string {
  const at = name.indexOf("/");
  const top = ["kernel", "include", "fs", "net", "security", "tools", "Documentation", "drivers"];
  const [first = ""] = name.split("/", 1);
  return at < 0 || top.includes(first) ? name : name.slice(at + 1);
}
