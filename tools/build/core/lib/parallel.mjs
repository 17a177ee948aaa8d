// SPDX-License-Identifier: MIT

/** Works on `jobs` items at a time; returns the results in the order of the items. */
export async function inParallel(items, jobs, work) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, lane));
  return results;
}
