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
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { mayHaveSettings } from "../../../lint/fragments.js";
import { UsageError } from "../../usage.js";
import type { LintConfig } from "./config.js";

/** A file that is read, and whether the command line names it. */
export interface Candidate {
  readonly path: string;
  readonly named: boolean;
}

/** The rules of one .gitignore, or of the configuration. */
interface Rules {
  readonly folder: string;
  readonly ignore: Ignore;
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
  const own = { folder, ignore: ignore().add([...exclude]) };
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new UsageError(`cannot read '${path}': it does not exist`, "");
    if (!stat.isDirectory()) yield { path, named: true };
    else yield* walk(path, [own, ...rulesAbove(resolve(path))]);
  }
}

function* walk(top: string, rules: readonly Rules[]): Generator<Candidate> {
  const folders: { path: string; rules: readonly Rules[] }[] = [{ path: top, rules }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { path: folder } = next;
    const all = [...next.rules, ...rulesOf(resolve(folder))];
    const inner: typeof folders = [];
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory();
      if (isFolder ? skipped.has(entry.name) : !entry.isFile() || !mayHaveSettings(path)) continue;
      if (isIgnored(resolve(path) + (isFolder ? sep : ""), all)) continue;
      if (isFolder) inner.push({ path, rules: all });
      else yield { path, named: false };
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
function isIgnored(path: string, rules: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, ignore: one } of rules) {
    const name = relative(folder, path);
    if (name === "" || name.startsWith("..")) continue;
    const found = one.test(path.endsWith(sep) ? `${name}/` : name);
    if (found.ignored || found.unignored) ignored = found.ignored;
  }
  return ignored;
}

/** The rules in the folders above, up to that of the repository. */
function rulesAbove(folder: string): readonly Rules[] {
  const above: string[] = [];
  for (let at = folder; !existsSync(join(at, ".git")); at = dirname(at)) {
    if (dirname(at) === at) return [];
    above.unshift(dirname(at));
  }
  return above.flatMap(rulesOf);
}

function rulesOf(folder: string): readonly Rules[] {
  const file = join(folder, ".gitignore");
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return [];
  const lines = readSome(file)?.toString().split("\n") ?? [];
  const patterns = lines.filter((line) => !/^\s*(#|$)/.test(line) && !isSlow(line));
  return [{ folder, ignore: ignore().add(patterns.slice(0, MOST_PATTERNS)) }];
}

/** Each file is compared with each pattern. */
const MOST_PATTERNS = 1000;

/** Whether a pattern has so many `*` in one name that a long name takes minutes. */
const isSlow = (pattern: string): boolean =>
  pattern.split("/").some((name) => name.split(/\*+/).length > 4);

/** The largest file that is read. Settings are smaller. */
const MOST_BYTES = 1 << 20;

/**
 * Reads a regular file.
 *
 * @returns undefined if it cannot be read, is not regular, or is too large.
 */
export const readSome = (path: string, followsLink = false): Buffer | undefined =>
  withFile(path, constants.O_RDONLY, followsLink, readFrom);

/**
 * Writes a file if it still has the bytes that were read. The owner of a folder may have put another
 * file or a link in its place meanwhile, so both are done on one open file.
 *
 * @returns whether it was written. If the disk is full, the file keeps its bytes.
 */
export const replaceSame = (
  path: string,
  before: Buffer,
  after: string,
  followsLink = false,
): boolean =>
  withFile(path, constants.O_RDWR, followsLink, (fd) => {
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
  path: string,
  access: number,
  followsLink: boolean,
  use: (fd: number) => T,
): T | undefined {
  let fd: number | undefined;
  const link = followsLink ? 0 : constants.O_NOFOLLOW;
  try {
    // Opening a FIFO would wait for its other side.
    fd = openSync(path, access | link | constants.O_NONBLOCK | constants.O_NOCTTY);
    return use(fd);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
