// SPDX-License-Identifier: MIT
import { SourceError } from "./errors.js";
import { gitBlob } from "./hash.js";
import { linesOf, type TextLine, unquoted } from "./mail.js";

/** What a patch does to one file. */
interface FileDiff {
  readonly path: string;
  /** Where it starts. */
  readonly line: number;
  /** Git's names of the content before and after, cut short, if the patch has them. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly hunks: readonly Hunk[];
}

interface Hunk {
  /** The line of its header. */
  readonly line: number;
  readonly oldStart: number;
  /** Lines with their sign: ` `, `-`, `+`. */
  readonly lines: readonly TextLine[];
  /** Whether the last line of the new content has no newline behind it. */
  readonly open: boolean;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const INDEX = /^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})/;
/** How deep quotes of quotes are looked into. */
const DEPTH = 4;

/** Whether a text has a patch in it, quoted or not; else it may be the file itself. */
export function looksLikePatch(text: string): boolean {
  return /^[> ]*(diff --git |--- \S|@@ -\d)/m.test(text);
}

/**
 * Takes a file out of the text of patches: the bytes that applying them, one after the other,
 * makes. Mails, mailboxes and pages of archives will do; what is not a patch in them is passed
 * over. A copy that is quoted is looked at where there is no plain one.
 *
 * The names that git gives the content before and after are checked where the patch has them, so
 * that a damaged text is noticed.
 *
 * @param path - the file, from the top of the tree.
 * @param base - what the file is before the first of the patches; undefined if they make it.
 * @throws SourceError where the patches do not make the file, or not whole.
 */
export async function fileFromPatch(
  text: string,
  path: string,
  base?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const diffs = diffsOf(linesOf(text), path);
  let content = base === undefined ? undefined : new TextDecoder().decode(base).split("\n");
  for (const diff of diffs) content = await applied(diff, content);
  return new TextEncoder().encode((content ?? []).join("\n"));
}

/** What a text does to a file; the least quoted copy of it. */
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
  const starts = lines.flatMap(({ text }, i) =>
    text.startsWith(`diff --git a/${path} b/${path}`) ? [i] : [],
  );
  return starts.map((start) => readDiff(lines, start, path));
}

function readDiff(lines: readonly TextLine[], start: number, path: string): FileDiff {
  let before: string | undefined;
  let after: string | undefined;
  const hunks: Hunk[] = [];
  for (let at = start + 1; at < lines.length; at++) {
    const { text } = lines[at] as TextLine;
    if (text.startsWith("diff --git ")) break;
    const names = INDEX.exec(text);
    if (names !== null && hunks.length === 0) [, before, after] = names;
    if (!HUNK.test(text)) continue;
    const hunk = readHunk(lines, at, path);
    hunks.push(hunk);
    at += hunk.lines.length + (hunk.open ? 1 : 0);
  }
  return { path, line: (lines[start] as TextLine).number, before, after, hunks };
}

/** The lines of a hunk: as many as its header says. */
function readHunk(lines: readonly TextLine[], at: number, path: string): Hunk {
  const header = lines[at] as TextLine;
  const [, oldStart, oldCount = "1", , newCount = "1"] = HUNK.exec(header.text) ?? [];
  let olds = Number(oldCount);
  let news = Number(newCount);
  const taken: TextLine[] = [];
  let next = at + 1;
  while (olds > 0 || news > 0) {
    const line = lines[next++];
    // Mailers drop the blank of an empty line of context.
    const sign = line?.text === "" ? " " : line?.text[0];
    if (line === undefined || sign === undefined || !" -+".includes(sign)) {
      const why = `${path}: the hunk ends before its ${oldCount} and ${newCount} lines do`;
      throw new SourceError("truncated", why, line?.number ?? header.number);
    }
    if (sign !== "+") olds--;
    if (sign !== "-") news--;
    taken.push({ text: line.text === "" ? " " : line.text, number: line.number });
  }
  if (olds < 0 || news < 0) {
    throw new SourceError("damaged", `${path}: the hunk has too many lines`, header.number);
  }
  const open = lines[next]?.text.startsWith("\\ No newline") === true;
  return { line: header.number, oldStart: Number(oldStart), lines: taken, open };
}

/** The content after one patch. The last element is what stands behind the last newline. */
async function applied(diff: FileDiff, content: readonly string[] | undefined): Promise<string[]> {
  const [first] = diff.hunks;
  if (first === undefined) {
    throw new SourceError("truncated", `${diff.path}: the patch has no hunk for it`, diff.line);
  }
  if (content === undefined && first.oldStart !== 0) {
    const how = "name the patch that makes it too, or a tree and the patch";
    throw new SourceError(
      "not-made",
      `the patch changes ${diff.path}, it does not make it; ${how}`,
      first.line,
    );
  }
  const old = first.oldStart === 0 ? [""] : (content ?? []);
  await mustBe(diff, old, diff.before);
  const out: string[] = [];
  let at = 0;
  for (const hunk of diff.hunks) {
    const start = Math.max(hunk.oldStart - 1, 0);
    out.push(...old.slice(at, start));
    at = start;
    for (const { text, number } of hunk.lines) {
      const rest = text.slice(1);
      if (text[0] === "+") out.push(rest);
      else {
        if (old[at] !== rest) {
          throw new SourceError(
            "does-not-apply",
            `${diff.path}: not what line ${at + 1} is`,
            number,
          );
        }
        if (text[0] === " ") out.push(rest);
        at++;
      }
    }
    if (hunk.open) return finished(diff, out);
  }
  out.push(...old.slice(at));
  return finished(diff, out);
}

async function finished(diff: FileDiff, out: string[]): Promise<string[]> {
  await mustBe(diff, out, diff.after);
  return out;
}

/** Holds a content against the name that git has for it. */
async function mustBe(
  { path, line }: FileDiff,
  content: readonly string[],
  name: string | undefined,
): Promise<void> {
  if (name === undefined || /^0+$/.test(name)) return;
  const bytes = new TextEncoder().encode(content.join("\n"));
  if ((await gitBlob(bytes)).startsWith(name)) return;
  throw new SourceError("damaged", `${path} is not the text that the patch names ${name}`, line);
}
