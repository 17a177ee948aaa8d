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
  const attempt = attempts(object, files, seed);
  const found = [];
  let read = 0;
  for (let run = from; run < from + runs; run++) {
    const one = attempt(run);
    if (one.wrong !== undefined) found.push({ run, wrong: one.wrong });
    if (one.read) read++;
  }
  return { found, read };
}

/** One run by its number: what is wrong, and whether the file was read after all. */
export function attempts(object, files, seed) {
  const broken = mutator(object, files);
  const target = object.parseObject(files.at(-1)).btf;
  return (run) => {
    const file = broken(randomNumbers(seed * 1_000_003 + run));
    return { wrong: exercise(object, file, target), read: isRead(object, file) };
  };
}

function isRead(object, file) {
  try {
    object.parseElf(file);
    return true;
  } catch {
    return false;
  }
}
