// SPDX-License-Identifier: MIT
// @ts-check
import { createHash } from "node:crypto";

/** The files of the source that tools identify. */
export const identified = ["kernel/bpf/token.c", "kernel/bpf/inode.c"];

/**
 * The list with a new release at its end, in the guests and the Debian suite of the one before.
 *
 * @param {string} text - of releases.json
 * @param {string} name - the release, `X.Y`
 * @param {(path: string) => string | undefined} read - reads its source
 */
export function withRelease(text, name, read) {
  const { releases } = JSON.parse(text);
  const { rules, guests, suite } = releases.at(-1);
  const hashes = identified.flatMap((path) => {
    const source = read(path);
    if (source === undefined) throw new Error(`the source has no ${path}`);
    return [[path, createHash("sha256").update(source).digest("hex")]];
  });
  const entry = { name, rules, guests, suite, sources: Object.fromEntries(hashes) };
  // The other lines stay as people wrote them.
  const added = JSON.stringify(entry, null, 2).replace(/^/gm, "    ");
  return text.replace(/\n {2}\]\n\}\n$/, `,\n${added}\n  ]\n}\n`);
}
