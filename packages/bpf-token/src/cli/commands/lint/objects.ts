// SPDX-License-Identifier: MIT
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { KernelRelease } from "@bpf-token/uapi/names";
import { type Policy, policyOf } from "../../../policy/policy.js";
import { loaderOf, readObject } from "../../input/objects.js";
import { UsageError } from "../../usage.js";
import { matchesPath, parsePath } from "./gitignore.js";

/**
 * What the objects of `--objects` need together.
 *
 * @throws UsageError for a pattern that matches no file.
 */
export async function policyOfPatterns(
  patterns: readonly string[],
  loader: string,
  release: KernelRelease | undefined,
): Promise<Policy> {
  const known = loaderOf(loader);
  const files = [...new Set(patterns.flatMap(filesOf))];
  const objects = files.map(async (file) => ({ file, object: await readObject(file) }));
  return policyOf(await Promise.all(objects), {
    loader: known,
    ...(release !== undefined && { release }),
  });
}

/** The files that a pattern as in .gitignore matches: `*`, `?`, `[…]` and `**`. */
function filesOf(pattern: string): readonly string[] {
  if (statSync(pattern, { throwIfNoEntry: false })?.isFile() === true) return [pattern];
  const names = pattern.split("/");
  const first = names.findIndex((name) => /[*?[]/.test(name));
  const folder = names.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : ".");
  const path = parsePath(names.slice(first).join("/"));
  const found =
    first < 0 ? [] : entriesOf(folder).filter((name) => matchesPath(path, name.split("/")));
  const files = found.map((name) => join(folder, name)).filter(isFile);
  if (files.length === 0) throw new UsageError(`lint: --objects '${pattern}' matches no file`, "");
  return files.sort();
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Follows no links to folders: without the types, readdirSync() would, and two loops take forever. */
function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  } catch {
    return [];
  }
}
