// SPDX-License-Identifier: MIT

/** Lines that only one of two texts has, in order: `- removed`, then `+ added`. */
export function difference(before, after) {
  const old = before.split("\n");
  const fresh = after.split("\n");
  const gone = old.filter((line) => line !== "" && !fresh.includes(line));
  const added = fresh.filter((line) => line !== "" && !old.includes(line));
  return [...gone.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)];
}
