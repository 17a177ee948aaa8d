// SPDX-License-Identifier: MIT
import { SourceError } from "./errors.js";
import { gitBlob } from "./hash.js";
import { linesOf, type TextLine, unquoted } from "./mail.js";

/** The changes that a patch makes to one file. */
interface FileDiff {
  readonly path: string;
  /** Line number of its first line. */
  readonly line: number;
  /** Git's abbreviated object names of the contents before and after, if the patch has them. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly hunks: readonly Hunk[];
}

interface Hunk {
  /** Line number of the hunk header. */
  readonly line: number;
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
  /** Lines with their sign: ` `, `-` or `+`. */
  readonly lines: readonly TextLine[];
  /** Whether the new contents end without a newline. */
  readonly open: boolean;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const INDEX = /^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})/;
/** Maximum number of quoting levels that are searched for a patch. */
const DEPTH = 4;
/** Each patch copies the file, so the time is the product of these limits. */
const DIFFS_MOST = 1000;
const LINES_MOST = 100_000;

/**
 * Returns whether a text contains a patch, quoted or not. Otherwise the text may be the file
 * itself.
 *
 * @example
 * ```ts
 * const bytes = looksLikePatch(text) ? await fileFromPatch(text, path) : utf8.encode(text);
 * ```
 */
export function looksLikePatch(text: string): boolean {
  return /^[> ]*(diff --git |--- \S|@@ -\d)/m.test(text);
}

/**
 * Extracts a file from patches by applying them in order. The text may be a mail, a mailbox or an
 * archive page; other content is skipped. Quoted copies are used only if there is no unquoted one.
 *
 * If the patch has git's object names of the contents before and after, they are checked, so that
 * damaged text is detected; not on a base that is another revision than that of the patch.
 *
 * @param text - the text with the patches.
 * @param path - the file's path in the kernel tree.
 * @param base - the file's contents before the first patch; undefined if the patches create the
 *   file.
 * @throws SourceError if the patches do not create the file, or only a part of it.
 * @example
 * ```ts
 * const bytes = await fileFromPatch(readFileSync("series.mbox", "utf8"), "kernel/bpf/token.c");
 * ```
 */
export async function fileFromPatch(
  text: string,
  path: string,
  base?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const diffs = diffsOf(linesOf(text), path);
  if (diffs.length > DIFFS_MOST) {
    const why = `the patches change ${path} ${diffs.length} times; the limit is ${DIFFS_MOST}`;
    throw new SourceError("too-large", why);
  }
  let content = base === undefined ? undefined : new TextDecoder().decode(base).split("\n");
  for (const diff of diffs) content = await applied(diff, content, base !== undefined);
  return new TextEncoder().encode((content ?? []).join("\n"));
}

/** Finds the changes to a file, in the copy with the fewest quoting levels. */
function diffsOf(lines: readonly TextLine[], path: string): readonly FileDiff[] {
  let level: readonly TextLine[] | undefined = lines;
  for (let depth = 0; depth < DEPTH && level !== undefined; depth++) {
    const found = readDiffs(level, path);
    if (found.length > 0) return found;
    level = unquoted(level);
  }
  throw new SourceError("no-file", `the patch does not touch ${path}`);
}

function readDiffs(lines: readonly TextLine[], path: string): readonly FileDiff[] {
  const starts: number[] = [];
  let inGit = false;
  for (const [i, { text }] of lines.entries()) {
    if (text.startsWith("diff --git ")) {
      inGit = text.startsWith(`diff --git a/${path} b/${path}`);
      if (inGit) starts.push(i);
    } else if (isHeader(lines, i)) {
      if (!inGit && names(lines[i + 1]?.text ?? "", path)) starts.push(i);
      inGit = false;
    }
  }
  return starts.map((start) => readDiff(lines, start, path));
}

/** Whether the names of a file before and after begin at a line, as `diff -u` writes them. */
function isHeader(lines: readonly TextLine[], i: number): boolean {
  return (
    lines[i]?.text.startsWith("--- ") === true && lines[i + 1]?.text.startsWith("+++ ") === true
  );
}

/** Whether a line `+++ NAME` names a file: by its path below any folder, or by its name alone. */
function names(line: string, path: string): boolean {
  const name = line.slice("+++ ".length).split("\t", 1)[0]?.trim() ?? "";
  return name === path || name.endsWith(`/${path}`) || path.endsWith(`/${name}`);
}

function readDiff(lines: readonly TextLine[], start: number, path: string): FileDiff {
  let before: string | undefined;
  let after: string | undefined;
  const hunks: Hunk[] = [];
  let named = isHeader(lines, start);
  for (let at = start + 1; at < lines.length; at++) {
    const { text } = lines[at] as TextLine;
    if (text.startsWith("diff --git ")) break;
    if (isHeader(lines, at)) {
      if (named) break;
      named = true;
    }
    const names = INDEX.exec(text);
    if (names !== null && hunks.length === 0) [, before, after] = names;
    if (!HUNK.test(text)) continue;
    const hunk = readHunk(lines, at, path);
    hunks.push(hunk);
    at += hunk.lines.length + (hunk.open ? 1 : 0);
  }
  return { path, line: (lines[start] as TextLine).number, before, after, hunks };
}

/** Reads the lines of a hunk: as many as its header announces. */
function readHunk(lines: readonly TextLine[], at: number, path: string): Hunk {
  const header = lines[at] as TextLine;
  const [, oldStart, oldCount = "1", newStart, newCount = "1"] = HUNK.exec(header.text) ?? [];
  let olds = Number(oldCount);
  let news = Number(newCount);
  const taken: TextLine[] = [];
  let next = at + 1;
  while (olds > 0 || news > 0) {
    const line = lines[next++];
    // Mail programs strip the single space of an empty context line.
    const sign = line?.text === "" ? " " : line?.text[0];
    if (line === undefined || sign === undefined || !" -+".includes(sign)) {
      const why = `${path}: the hunk has fewer lines than its header announces (-${oldCount} +${newCount})`;
      throw new SourceError("truncated", why, line?.number ?? header.number);
    }
    if (sign !== "+") olds--;
    if (sign !== "-") news--;
    taken.push({ text: line.text === "" ? " " : line.text, number: line.number });
  }
  if (olds < 0 || news < 0) {
    throw new SourceError(
      "damaged",
      `${path}: the hunk has more lines than its header announces`,
      header.number,
    );
  }
  const open = lines[next]?.text.startsWith("\\ No newline") === true;
  return {
    line: header.number,
    oldStart: Number(oldStart),
    oldCount: Number(oldCount),
    newStart: Number(newStart),
    newCount: Number(newCount),
    lines: taken,
    open,
  };
}

/** The first hunk of a patch that can be applied. */
function firstHunk({ hunks, path, line }: FileDiff, hasContent: boolean): Hunk {
  const [first] = hunks;
  if (first === undefined) {
    throw new SourceError("truncated", `${path}: the patch has no hunk`, line);
  }
  if (hasContent || first.oldStart === 0) return first;
  const how = "Fix: name what it applies to (--base), or add the patch that creates it";
  throw new SourceError(
    "not-made",
    `the patch changes ${path} but does not create it. ${how}`,
    first.line,
  );
}

/** Applies one patch. The last element of the contents is the text after the last newline. */
async function applied(
  given: FileDiff,
  content: readonly string[] | undefined,
  onBase: boolean,
): Promise<string[]> {
  const first = firstHunk(given, content !== undefined);
  const old = first.oldStart === 0 ? [""] : (content ?? []);
  // A patch may fit a base that it was not made for; then git's names say nothing about the result.
  const isOther = onBase && !(await isNamed(old, given.before));
  const diff = isOther ? { ...given, before: undefined, after: undefined } : given;
  await mustBe(diff, old, diff.before);
  const out: string[] = [];
  let at = 0;
  for (const hunk of diff.hunks) {
    const start = before(hunk.oldStart, hunk.oldCount);
    // The text after the last newline is no line.
    if (start < at || start > old.length - 1) misplaced(diff, hunk, `old line ${hunk.oldStart}`);
    for (; at < start; at++) out.push(old[at] as string);
    if (out.length !== before(hunk.newStart, hunk.newCount)) {
      misplaced(diff, hunk, `new line ${hunk.newStart}`);
    }
    for (const { text, number } of hunk.lines) {
      const rest = text.slice(1);
      if (text[0] === "+") out.push(rest);
      else {
        if (old[at] !== rest) {
          throw new SourceError(
            "does-not-apply",
            `${diff.path}: the hunk does not match line ${at + 1}`,
            number,
            hunkText(hunk),
          );
        }
        if (text[0] === " ") out.push(rest);
        at++;
      }
    }
    if (hunk.open) {
      if (hunk !== diff.hunks.at(-1)) misplaced(diff, hunk, "the end of the file");
      return finished(diff, out);
    }
  }
  for (; at < old.length; at++) out.push(old[at] as string);
  return finished(diff, out);
}

/** Returns the number of lines before a hunk. Without lines, a hunk names the line before it. */
const before = (start: number, count: number): number => (count === 0 ? start : start - 1);

function misplaced({ path }: FileDiff, hunk: Hunk, where: string): never {
  const why = `${path}: a hunk cannot begin at ${where}`;
  throw new SourceError("damaged", why, hunk.line, hunkText(hunk));
}

/** The first lines of a hunk, for an error; tabs are spaces, because terminals show no tab of an error. */
function hunkText({ oldStart, oldCount, newStart, newCount, lines }: Hunk): readonly string[] {
  const head = `@@ -${oldStart},${oldCount} +${newStart},${newCount} @@`;
  return [head, ...lines.slice(0, 20).map(({ text }) => text.replaceAll("\t", "        "))];
}

async function finished(diff: FileDiff, out: string[]): Promise<string[]> {
  if (out.length > LINES_MOST) {
    const why = `${diff.path} has ${out.length} lines after the patch; the limit is ${LINES_MOST}`;
    throw new SourceError("too-large", why, diff.line);
  }
  await mustBe(diff, out, diff.after);
  return out;
}

/** Compares contents with git's object name of them. */
async function mustBe(
  { path, line }: FileDiff,
  content: readonly string[],
  name: string | undefined,
): Promise<void> {
  if (await isNamed(content, name)) return;
  throw new SourceError(
    "damaged",
    `${path} does not match the git object name ${name} in the patch`,
    line,
  );
}

/** Whether contents have git's object name, if there is one. */
async function isNamed(content: readonly string[], name: string | undefined): Promise<boolean> {
  if (name === undefined || /^0+$/.test(name)) return true;
  return (await gitBlob(new TextEncoder().encode(content.join("\n")))).startsWith(name);
}
