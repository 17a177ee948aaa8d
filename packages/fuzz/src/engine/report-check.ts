// SPDX-License-Identifier: MIT
import type { FuzzReport } from "./report.js";

/** A run has fewer shards. */
const MOST_SHARDS = 1_000_000;

type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isText: Check = (value) => typeof value === "string";
/** JSON has null for what a sparse list lacks. */
const isMaybeCount: Check = (value) => value === null || isCount(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const objectOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const reached = (check: Check): Check => objectOf({ reached: listOf(check), all: isCount });

const fields: Readonly<Record<string, Check>> = {
  subjects: listOf(isText),
  seed: isCount,
  shard: (value) =>
    isObject(value) &&
    [value.index, value.count].every(isCount) &&
    Number(value.index) < Number(value.count) &&
    Number(value.count) <= MOST_SHARDS,
  block: isCount,
  tally: objectOf({
    ...{ sequences: isCount, steps: isCount, withToken: isCount, withUse: isCount },
    ...{ withLeftInode: isCount, byTasks: listOf(isMaybeCount), byCalls: listOf(isMaybeCount) },
  }),
  expected: isCount,
  ended: (value) => value === undefined || (isObject(value) && Object.values(value).every(isCount)),
  coverage: listOf(objectOf({ path: isText, branches: reached(isText), lines: reached(isCount) })),
  findings: listOf(isText),
};

/**
 * Checks the fields of a report that was read from a file, which anybody may have written.
 *
 * @throws RangeError with the name of the first field that is missing or wrong.
 */
export function checkReport(value: unknown): FuzzReport {
  if (!isObject(value)) throw new RangeError("it is no object");
  const wrong = Object.entries(fields).find(([name, check]) => !check(value[name]));
  if (wrong === undefined) return value as unknown as FuzzReport;
  throw new RangeError(`its field '${wrong[0]}' is missing or wrong`);
}
