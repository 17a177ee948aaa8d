// SPDX-License-Identifier: MIT
import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { mayHaveSettings } from "../../../lint/fragments.js";
import { UsageError } from "../../usage.js";
import type { LintConfig } from "./config.js";
import { Gitignore } from "./gitignore.js";
import { Work } from "./name-pattern.js";

/** A file that is read. */
export interface Candidate {
  readonly path: string;
  /** Whether the command line names it. Only then it may be a symbolic link. */
  readonly named?: boolean;
  /** Where a file of a folder is, without symbolic links. */
  readonly real?: string;
}

/** The rules of one .gitignore, or of the configuration. */
interface Rules {
  readonly folder: string;
  readonly ignore: Gitignore;
}

/** Folders without own settings. */
const skipped: ReadonlySet<string> = new Set([".git", "node_modules"]);

/**
 * The files of the command line, and those of its folders that may have settings and that no .gitignore
 * excludes. Symbolic links in folders are not followed.
 *
 * @throws UsageError for a path that does not exist.
 */
export function* candidatesIn(
  paths: readonly string[],
  { exclude, folder }: Pick<LintConfig, "exclude" | "folder">,
): Generator<Candidate> {
  const work = new Work();
  const own = { folder, ignore: new Gitignore(exclude, MOST_PATTERNS, work) };
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new UsageError(`cannot read '${path}': it does not exist`, "");
    const rules = stat.isDirectory() ? [own, ...rulesAbove(resolve(path), work)] : [];
    if (!stat.isDirectory()) yield { path, named: true };
    else if (!isBelowIgnored(resolve(path), rules)) yield* walk(path, rules, work);
  }
}

function* walk(top: string, rules: readonly Rules[], work: Work): Generator<Candidate> {
  const realTop = realpathSync(top);
  const folders: { path: string; rules: readonly Rules[] }[] = [{ path: top, rules }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { path: folder } = next;
    const all = withRulesOf(resolve(folder), next.rules, work);
    const inner: typeof folders = [];
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory();
      if (isFolder ? skipped.has(entry.name) : !entry.isFile() || !mayHaveSettings(path)) continue;
      if (isIgnored(resolve(path), isFolder, all)) continue;
      if (isFolder) inner.push({ path, rules: all });
      else yield { path, real: join(realTop, relative(top, path)) };
    }
    // A call may not have as many arguments as a folder may have folders.
    for (const one of inner.reverse()) folders.push(one);
  }
}

/** The entries of a folder by name; none if it cannot be read. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** Of several rules, the last one that matches decides, as in git. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, ignore } of rules) {
    const names = relative(folder, path).split(sep);
    if (names[0] === "" || names[0] === "..") continue;
    ignored = ignore.ignores(names, isFolder) ?? ignored;
  }
  return ignored;
}

/** Whether a folder, or one above it, is ignored. */
function isBelowIgnored(folder: string, rules: readonly Rules[]): boolean {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    if (isIgnored(at, true, rules)) return true;
  }
  return false;
}

/** The rules in the folders above, up to that of the repository. */
function rulesAbove(folder: string, work: Work): readonly Rules[] {
  const above: string[] = [];
  for (let at = folder; !existsSync(join(at, ".git")); at = dirname(at)) {
    if (dirname(at) === at) return [];
    above.unshift(dirname(at));
  }
  return above.reduce<readonly Rules[]>((rules, one) => withRulesOf(one, rules, work), []);
}

/** Adds the rules of a folder. All rules for one file together have a limit. */
function withRulesOf(folder: string, rules: readonly Rules[], work: Work): readonly Rules[] {
  const left = MOST_PATTERNS - rules.reduce((sum, { ignore }) => sum + ignore.count, 0);
  const file = join(folder, ".gitignore");
  if (left <= 0 || !isOwnFile(file)) return rules;
  const lines =
    readSome({ path: file })
      ?.toString()
      .replace(/^\ufeff/, "")
      .split("\n") ?? [];
  return [...rules, { folder, ignore: new Gitignore(lines, left, work) }];
}

/** Whether there is a file, and no link. The path of a deep folder can be too long for the system. */
function isOwnFile(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

/** Each file is compared with each pattern. */
const MOST_PATTERNS = 1000;

/** The largest file that is read. Settings are smaller. */
const MOST_BYTES = 1 << 20;

/**
 * Reads a regular file.
 *
 * @returns undefined if it cannot be read, is not regular, or is too large.
 */
export const readSome = (file: Candidate): Buffer | undefined =>
  withFile(file, constants.O_RDONLY, readFrom);

/**
 * Writes a file if it still has the bytes that were read. The owner of a folder may have put another
 * file, folder or link in its place meanwhile, so both are done on one open file.
 *
 * @returns whether it was written. If the disk is full, the file keeps its bytes.
 */
export const replaceSame = (file: Candidate, before: Buffer, after: string): boolean =>
  withFile(file, constants.O_RDWR, (fd) => {
    if (readFrom(fd)?.equals(before) !== true) return false;
    try {
      writeAll(fd, Buffer.from(after));
    } catch {
      writeAll(fd, before);
      return false;
    }
    return true;
  }) ?? false;

/** Cuts the file last: writing its old bytes again must not need space. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
  ftruncateSync(fd, bytes.length);
}

function readFrom(fd: number): Buffer | undefined {
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
  // A file may grow meanwhile, and the size of a file of /proc is 0.
  const bytes = Buffer.alloc(Math.max(stat.size, 1 << 16));
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(fd, bytes, length, bytes.length - length, null);
  }
  return bytes.subarray(0, length);
}

function withFile<T>(
  { path, named = false, real }: Candidate,
  access: number,
  use: (fd: number) => T,
): T | undefined {
  let fd: number | undefined;
  const link = named ? 0 : constants.O_NOFOLLOW;
  try {
    // Opening a FIFO would wait for its other side.
    fd = openSync(path, access | link | constants.O_NONBLOCK | constants.O_NOCTTY);
    return real === undefined || isAt(fd, real) ? use(fd) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether an open file is where it should be: a folder above it may have become a link. Linux shows where. */
function isAt(fd: number, real: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === real;
  } catch (error) {
    // There is no /proc.
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
