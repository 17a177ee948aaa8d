// SPDX-License-Identifier: MIT

/**
 * Finds the word in a list that is most similar to an unknown word, for "did you mean" messages.
 *
 * Case is ignored. A word is similar if its edit distance is at most a third of the letters, and
 * never more than three. Of equally similar words, one of the same length wins, then the last one:
 * `6.18` for `6.19`.
 *
 * @returns `undefined` if no word is similar enough.
 * @example
 * ```ts
 * nearest("map_crate", ["map_create", "prog_load"]); // "map_create"
 * ```
 */
export function nearest(word: string, list: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  const most = Math.min(3, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  let least = most;
  for (const candidate of list) {
    const longer = Math.abs(candidate.length - wanted.length);
    if (longer >= most) continue;
    // A difference in length weighs less than any edit, so it only decides between equal distances.
    const distance = editDistance(wanted, candidate.toLowerCase(), most) + longer / 10;
    if (distance < most && distance <= least) [best, least] = [candidate, distance];
  }
  return best;
}

/**
 * Levenshtein distance in which a swap of neighbours counts as one edit; `most` if it is not less.
 * No row has a smaller least value than the row before it, so the first row without one below
 * `most` decides: a hostile text of unknown words is compared with each name.
 */
function editDistance(a: string, b: string, most: number): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const change = (row[j - 1] ?? 0) + same;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (next.every((distance) => distance >= most)) return most;
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
