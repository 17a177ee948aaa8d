// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { watched } from "../lib/watched.mjs";

const stubborn = new URL("fixtures/stubborn.mjs", import.meta.url).href;
/** Of a processor; what real ones get would make the test slow. */
const PATIENCE_MS = 300;

async function run(data: { endless: number[]; fatal: number }) {
  const told: string[] = [];
  const asked = { runs: 12, from: 100 };
  // Lines of progress come by the clock.
  const tell = (line: string) => {
    if (line.startsWith("run ")) told.push(line);
  };
  const { found, read } = await watched(stubborn, data, asked, tell, PATIENCE_MS);
  const runs = found.map(({ run: number, wrong }) => `${number} ${wrong.split(":")[0]}`);
  return { runs, read, told };
}

test("runs that do not come to an end are told by their number, and those behind them are made", async () => {
  const { runs, read, told } = await run({ endless: [103, 111], fatal: -1 });
  expect(runs).toEqual([
    ...["100 a multiple of five", "103 does not come to an end", "105 a multiple of five"],
    ...["110 a multiple of five", "111 does not come to an end"],
  ]);
  expect(read).toBe(10);
  expect(told[1]).toBe(
    `run 103: does not come to an end: given up after ${PATIENCE_MS} ms of a processor`,
  );
});

test("a run that ends the thread is told, and those behind it are made", async () => {
  const { runs, read, told } = await run({ endless: [], fatal: 104 });
  expect(runs).toHaveLength(4);
  expect(told[1]).toContain("run 104: the thread ended: TypeError: not foreseen");
  expect(read).toBe(11);
});

test("what cannot begin is an error and no finding", async () => {
  const nowhere = new URL("fixtures/nowhere.mjs", import.meta.url).href;
  await expect(watched(nowhere, {}, { runs: 1 }, () => {})).rejects.toThrow("nowhere.mjs");
});
