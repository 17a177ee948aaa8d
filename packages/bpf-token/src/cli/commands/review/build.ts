// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isKernelRelease, type KernelRelease } from "@bpf-token/uapi";
import type { PatchedFile, UpstreamFile } from "@bpf-token/upstream";
import type { ChangedFunction, CoverageMap } from "@bpf-token/upstream/instrumented";
import type { Context } from "../../command.js";
import { readInputFile } from "../../input/files.js";
import { UsageError } from "../../usage.js";
import { compilerFor, releaseFor } from "../upstream.js";

/** Both versions of a patched source, as modules of the store. */
export interface BuiltPatch {
  readonly patch: string;
  readonly base: string;
  readonly release: KernelRelease;
  /** The subjects before and after the patch. */
  readonly names: readonly [string, string];
  readonly functions: readonly ChangedFunction[];
  /** The tested files in which text outside of functions differs. */
  readonly outside: readonly string[];
  /** The files of the patch that are not under test. */
  readonly untested: readonly PatchedFile[];
}

const HELP = "bpf-token review --help";

/**
 * Applies a patch and builds both versions.
 *
 * @throws the errors of `findSource()` and of the store.
 */
export async function buildBoth(context: Context, patch: string): Promise<BuiltPatch> {
  const { values } = context.parsed;
  if (values.base === undefined) throw new UsageError(await whyBase(patch), HELP);
  const [{ filesOfPatch }, { findSource, storeFolder, UpstreamStore }, instrumented] =
    await Promise.all([
      import("@bpf-token/upstream"),
      import("@bpf-token/upstream/node"),
      import("@bpf-token/upstream/instrumented"),
    ]);
  const base = await baseSource(String(values.base));
  const touched = filesOfPatch((await readInputFile(patch)).toString("utf8"));
  assertText(patch, touched);
  const before = await findSource(base);
  const after = await findSource(patch, { base });
  const release = await releaseFor(context, before);
  const compiler = await compilerFor(values.compiler);
  const store = new UpstreamStore(storeFolder(context.io.env));
  const name = String(values.name ?? "review");
  const build = async (suffix: string, files: readonly UpstreamFile[], source: string) => {
    const own = `${name}-${suffix}`;
    await store.build({ name: own, source, files, release, compiler });
    return store.sequences(own)?.coverage ?? [];
  };
  const old = await build("before", before.files, base);
  const fresh = await build("after", after.files, patch);
  const tested = new Set<string>(after.files.map(({ path }) => path));
  return {
    patch,
    base: String(values.base),
    release,
    names: [`upstream:${name}-before`, `upstream:${name}-after`],
    functions: instrumented.changedFunctions(old, fresh),
    outside: changedOutside(before.files, old, after.files, fresh),
    untested: touched.filter(({ path }) => !tested.has(path)),
  };
}

/** Why --base is needed, and which one. */
async function whyBase(patch: string): Promise<string> {
  const { findSource } = await import("@bpf-token/upstream/node");
  const made = await findSource(patch).catch(() => undefined);
  if (made?.kind !== "patch") return "review: --base is missing: what does the patch apply to?";
  return `review: ${patch} creates kernel/bpf/token.c, so there is nothing to compare it with but the model: 'bpf-token upstream build ${patch} --name new', then 'bpf-token fuzz --subjects model,upstream:new'. For a patch on top of it, give '--base ${patch}'`;
}

/** A tested file without its text would silently stay unchanged. */
function assertText(patch: string, touched: readonly PatchedFile[]): void {
  const binary = touched.find(({ path, binary: is }) => is && /\/(?:token|inode)\.c$/.test(path));
  if (binary === undefined) return;
  throw new UsageError(
    `review: ${patch} changes ${binary.path} as a binary patch, without its text`,
  );
}

/** The archive of a release that Debian or 'npm run guest' installed; any other place unchanged. */
async function baseSource(base: string): Promise<string> {
  if (!isKernelRelease(base) || existsSync(base)) return base;
  const { guestsFolder } = await import("@bpf-token/kernel-native");
  const name = `linux-source-${base}.tar.xz`;
  const places = [join(guestsFolder(), "sources", name), join("/usr/src", name)];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new UsageError(
    `review: there is no source of ${base} in ${places.join(" or ")}; get it with 'npm run guest -- source ${base}', or give its path`,
    "",
  );
}

/** The paths of files whose text outside of functions differs. */
function changedOutside(
  before: readonly UpstreamFile[],
  old: readonly CoverageMap[],
  after: readonly UpstreamFile[],
  fresh: readonly CoverageMap[],
): readonly string[] {
  return after.flatMap((file) => {
    const twin = before.find(({ path }) => path === file.path);
    const same = twin !== undefined && textOutside(twin, old) === textOutside(file, fresh);
    return same ? [] : [file.path];
  });
}

function textOutside({ path, bytes }: UpstreamFile, maps: readonly CoverageMap[]): string {
  const inside = new Set<number>();
  for (const { line, source } of maps.find((map) => map.path === path)?.functions ?? []) {
    source.forEach((_, i) => {
      inside.add(line + i);
    });
  }
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((text, i) => text.trim() !== "" && !inside.has(i + 1))
    .join("\n");
}
