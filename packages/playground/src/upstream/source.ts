// SPDX-License-Identifier: MIT
// Finds the files of the kernel in what the visitor gives: files, patches, or both.
import { fileFromPatch, looksLikePatch, SourceError, type UpstreamFile } from "@bpf-token/upstream";

const TOKEN = "kernel/bpf/token.c";
const INODE = "kernel/bpf/inode.c";

/** A file as text, with its name. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/**
 * Returns token.c, and inode.c if there is one. Patches are applied to the files, in their order.
 *
 * @throws SourceError if there is no token.c, or if a patch does not fit.
 * @example
 * ```ts
 * await sourceFiles([{ name: "series.mbox", text }]);
 * ```
 */
export async function sourceFiles(texts: readonly SourceText[]): Promise<readonly UpstreamFile[]> {
  const patches = texts.filter(({ text }) => looksLikePatch(text));
  const plain = texts.filter(({ text }) => !looksLikePatch(text));
  const isInode = ({ name }: SourceText): boolean => /(^|[^a-z])inode/.test(name);
  const token = await patched(TOKEN, plain.find((one) => !isInode(one))?.text, patches);
  if (token === undefined) {
    throw new SourceError("no-file", `no ${TOKEN}. Paste the file, or a patch that creates it`);
  }
  const inode = await patched(INODE, plain.find(isInode)?.text, patches);
  return inode === undefined ? [token] : [token, inode];
}

async function patched(
  path: typeof TOKEN | typeof INODE,
  text: string | undefined,
  patches: readonly SourceText[],
): Promise<UpstreamFile | undefined> {
  let bytes = text === undefined ? undefined : new TextEncoder().encode(text);
  for (const patch of patches) {
    if (!patch.text.includes(`b/${path}`)) continue;
    // A series changes inode.c also where nobody gave the file; the model's own stays.
    if (path === INODE && bytes === undefined) return undefined;
    bytes = await fileFromPatch(patch.text, path, bytes);
  }
  return bytes && { path, bytes };
}
