// SPDX-License-Identifier: MIT
// Malformed sources by number. Each generator writes into a folder and returns the place to name.
import { randomNumbers } from "../../object/lib/mutate.mjs";
import { archive } from "./archives.mjs";
import { folder } from "./folders.mjs";
import { checkout } from "./git.mjs";
import { patch } from "./patches.mjs";
import { cFile } from "./texts.mjs";

const generators = { patch, archive, folder, git: checkout, c: cFile };

/** The kinds of sources. */
export const kinds = Object.keys(generators);

/**
 * Generates a source.
 *
 * @param run - its number, which together with the seed decides everything.
 * @param context - `folder`, a new and empty one; `bait`, files outside of it; `template`, a git
 *   checkout to copy.
 * @returns `kind`; `place`, a path or FOLDER@REVISION; `what` was done, for a report; `namesFile`, if
 *   the place is a file, which is given wherever a link leads.
 */
export async function generate(run, seed, kind, context) {
  const random = randomNumbers(seed * 1_000_003 + run);
  for (let i = 0; i < 4; i++) random(2);
  const chosen = kind ?? kinds[random(kinds.length)];
  return { kind: chosen, ...(await generators[chosen](random, context)) };
}
