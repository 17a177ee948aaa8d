// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { SlotPath } from "@bpf-token/kernel-wasm/sdk";
import { factsRelease, isKernelRelease, type KernelRelease } from "@bpf-token/uapi";
import type { UpstreamFile } from "../build.js";
import { SourceError } from "../errors.js";
import { fileFromPatch, looksLikePatch } from "../patch.js";
import { readRegularFile } from "./regular-file.js";
import { type KernelTree, readTree } from "./tree.js";

const TOKEN = "kernel/bpf/token.c";
const INODE = "kernel/bpf/inode.c";
const MAKEFILE = "Makefile";

/** Upstream files, the kind of their source, and their release. {@link findSource} returns it. */
export interface FoundSource {
  readonly files: readonly UpstreamFile[];
  /** The release to compile for, if the source names one that is known. */
  readonly release: KernelRelease | undefined;
  /** The release as the source names it: `6.13.2`. */
  readonly says: string | undefined;
  /** The kind of source. */
  readonly kind: "patch" | "file" | "tree" | "git" | "archive";
}

/** Options of {@link findSource}. */
export interface FindOptions {
  /** Whether to include `kernel/bpf/inode.c` of a tree. Default true. */
  readonly inode?: boolean;
  /** What a patch applies to: a place as that of {@link findSource}. */
  readonly base?: string;
}

/**
 * Finds upstream source in a patch, a mail or a mailbox; a single `token.c` or `inode.c`; a kernel
 * tree or `FOLDER@REVISION` of a git checkout; or an archive such as `linux-source-6.12.tar.xz`.
 *
 * @param place - the path, or `FOLDER@REVISION`.
 * @throws SourceError if the place does not exist, contains no such source, is too large or leads
 *   outside; nothing but regular files is read, and a git checkout runs no command.
 * @example
 * ```ts
 * const { files, release } = await findSource("~/linux@v6.12");
 * ```
 */
export async function findSource(place: string, options: FindOptions = {}): Promise<FoundSource> {
  const tree = await readTree(place, [TOKEN, INODE, MAKEFILE]);
  if (tree !== undefined) return fromTree(place, tree, options);
  if (!existsSync(place)) throw new SourceError("no-source", `${place} does not exist`);
  return fromText(place, options);
}

function fromTree(place: string, tree: KernelTree, { inode = true }: FindOptions): FoundSource {
  const token = tree.files.get(TOKEN);
  if (token === undefined) {
    const why = "BPF tokens came with Linux 6.9";
    throw new SourceError("no-file", `${place} has no ${TOKEN}: ${why}`);
  }
  const files: UpstreamFile[] = [{ path: TOKEN, bytes: token }];
  const other = inode ? tree.files.get(INODE) : undefined;
  if (other !== undefined) files.push({ path: INODE, bytes: other });
  const says = releaseOfMakefile(tree.files.get(MAKEFILE)) ?? releaseOfName(basename(place));
  return {
    files,
    says,
    release: says === undefined ? undefined : knownRelease(says),
    kind: tree.kind,
  };
}

async function fromText(place: string, { base, ...options }: FindOptions): Promise<FoundSource> {
  const bytes = readRegularFile(place);
  const text = bytes.toString("utf8");
  const nothing = { says: undefined, release: undefined };
  if (looksLikePatch(text)) {
    if (base !== undefined) return onBase(place, text, await findSource(base, options));
    const made = await named(place, () => fileFromPatch(text, TOKEN));
    return { ...nothing, kind: "patch", files: [{ path: TOKEN, bytes: made }] };
  }
  if (base !== undefined) {
    throw new SourceError("no-file", `${place} is no patch, so it needs no base`);
  }
  const path: SlotPath = /\bbpf_obj_pin_user\b/.test(text) ? INODE : TOKEN;
  if (!/\bbpf_token_create\b|\bbpf_obj_pin_user\b/.test(text)) {
    throw new SourceError("no-file", `${place} is neither a patch nor the source of ${TOKEN}`);
  }
  return { ...nothing, kind: "file", files: [{ path, bytes }] };
}

/** The files of a base, with the changes of a patch. */
async function onBase(place: string, text: string, base: FoundSource): Promise<FoundSource> {
  let touched = 0;
  const change = async ({ path, bytes }: UpstreamFile): Promise<UpstreamFile> => {
    try {
      const changed = await named(place, () => fileFromPatch(text, path, bytes));
      touched++;
      return { path, bytes: changed };
    } catch (error) {
      if (!(error instanceof SourceError && error.problem === "no-file")) throw error;
      return { path, bytes };
    }
  };
  const files: UpstreamFile[] = [];
  for (const file of base.files) files.push(await change(file));
  if (touched === 0) {
    const tested = base.files.map(({ path }) => path).join(" and ");
    const why = `${place}: the patch does not touch ${tested}; no other file can replace the model's`;
    throw new SourceError("no-file", why);
  }
  return { ...base, kind: "patch", files };
}

/** Adds the place to the message of a {@link SourceError}. */
async function named<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new SourceError(error.problem, `${place}: ${error.message}`, undefined, error.hunk);
  }
}

/** Returns the release from the first lines of a tree's Makefile: `6.12.118`. */
function releaseOfMakefile(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  const value = (name: string): string | undefined =>
    new RegExp(`^${name} = (\\d+)$`, "m").exec(text)?.[1];
  const [version, level, sub] = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(value);
  if (version === undefined || level === undefined) return undefined;
  return [version, level, ...(sub === undefined ? [] : [sub])].join(".");
}

/** Returns `6.12` for names such as `linux-source-6.12.tar.xz` and `linux-6.12.118`. */
export function releaseOfName(name: string): string | undefined {
  return /(?:^|[-@v])(\d+\.\d+(?:\.\d+)?)(?:\.tar|-|$)/.exec(name)?.[1];
}

/** Returns the newest known release that is not newer; undefined for kernels older than tokens. */
function knownRelease(says: string): KernelRelease | undefined {
  if (isKernelRelease(says)) return says;
  try {
    return factsRelease(says);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
