// SPDX-License-Identifier: MIT
import { matchesAll, NamePattern, type Work } from "./name-pattern.js";

/** A pattern of paths: `*` stands for any number of folders, which patterns write as `**`. */
export type PathPattern = readonly ("*" | NamePattern)[];

/** A line of a .gitignore. */
interface Rule {
  readonly negated: boolean;
  /** Whether only folders match. */
  readonly folder: boolean;
  /** Without a slash, a pattern of the last name: those of the folders were compared before. */
  readonly path: PathPattern | NamePattern;
}

/** Longer than each path that the system can open. */
const LONGEST = 4096;

/** Parses `a/*.o` and `**` between slashes. A last one stands for at least one name. */
export function parsePath(pattern: string): PathPattern {
  const names = pattern.split("/");
  const path = names.map((name) => (name === "**" ? "*" : new NamePattern(name)));
  return path.at(-1) === "*" ? [...path, new NamePattern("*")] : path;
}

/** Whether a pattern matches a path. */
export const matchesPath = (pattern: PathPattern, path: readonly string[], work?: Work): boolean =>
  matchesAll(pattern, path, (one, name) => one.matches(name, work), work);

/** The rules of a .gitignore. */
export class Gitignore {
  readonly #rules: readonly Rule[];
  readonly #work: Work | undefined;

  constructor(lines: readonly string[], most: number, work?: Work) {
    this.#work = work;
    const rules: Rule[] = [];
    for (const line of lines) {
      if (rules.length === most) break;
      const rule = line.length > LONGEST ? undefined : ruleOf(line);
      if (rule !== undefined) rules.push(rule);
    }
    this.#rules = rules;
  }

  get count(): number {
    return this.#rules.length;
  }

  /** Whether the last rule that matches ignores the path; undefined if none matches. */
  ignores(path: readonly string[], isFolder: boolean): boolean | undefined {
    const last = this.#rules.findLast(
      (rule) => (isFolder || !rule.folder) && this.#matches(rule.path, path),
    );
    return last === undefined ? undefined : !last.negated;
  }

  #matches(pattern: Rule["path"], path: readonly string[]): boolean {
    if (!(pattern instanceof NamePattern)) return matchesPath(pattern, path, this.#work);
    return pattern.matches(path.at(-1) ?? "", this.#work);
  }
}

function ruleOf(line: string): Rule | undefined {
  const text = withoutSpaces(line.replace(/\r$/, ""));
  if (text === "" || text.startsWith("#")) return undefined;
  const negated = text.startsWith("!");
  const shown = negated ? text.slice(1) : text;
  const folder = shown.endsWith("/");
  const pattern = folder ? shown.slice(0, -1) : shown;
  // Without a slash, it matches a name in any folder.
  const path = pattern.includes("/")
    ? parsePath(pattern.replace(/^\//, ""))
    : new NamePattern(pattern);
  return { negated, folder, path };
}

/** Removes the spaces at the end, up to one after a backslash. */
function withoutSpaces(line: string): string {
  let end = line.length;
  while (line[end - 1] === " ") end--;
  let slashes = 0;
  while (line[end - 1 - slashes] === "\\") slashes++;
  return line.slice(0, slashes % 2 === 1 ? end + 1 : end);
}
