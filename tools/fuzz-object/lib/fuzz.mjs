// SPDX-License-Identifier: MIT
import { exercise } from "./exercise.mjs";
import { mutator, randomNumbers } from "./mutate.mjs";

/**
 * Tries broken files. Each run has numbers of its own, so that one can be done again alone.
 *
 * @param object - the package.
 * @param files - files that are whole; the last one's types are the kernel's for CO-RE.
 * @returns what was found, by run, and how many files were read after all.
 */
export function fuzz(object, files, { runs, seed, from = 0 }) {
  const broken = mutator(object, files);
  const target = object.parseObject(files.at(-1)).btf;
  const found = [];
  let read = 0;
  for (let run = from; run < from + runs; run++) {
    const file = broken(randomNumbers(seed * 1_000_003 + run));
    const wrong = exercise(object, file, target);
    if (wrong !== undefined) found.push({ run, wrong, file });
    if (isRead(object, file)) read++;
  }
  return { found, read };
}

function isRead(object, file) {
  try {
    object.parseElf(file);
    return true;
  } catch {
    return false;
  }
}
