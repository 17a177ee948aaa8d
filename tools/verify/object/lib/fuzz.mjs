// SPDX-License-Identifier: MIT
import { exercise } from "./exercise.mjs";
import { mutator, randomNumbers } from "./mutate.mjs";

/**
 * Tries broken files. Each run has its own random numbers, so that it can be repeated alone.
 *
 * @param object - the package.
 * @param files - valid files; the BTF of the last one serves as the kernel's BTF for CO-RE.
 * @returns the findings by run, and how many files still parsed.
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

/** One run by its number: the error, and whether the file still parsed. */
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
