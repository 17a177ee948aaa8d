// SPDX-License-Identifier: MIT
import { UsageError } from "../../usage.js";

const DEFAULT_MS = 10_000;
const MOST_SECONDS = 86_400;

/** Parses `--limit SECONDS`. Returns the limit in milliseconds. */
export function readLimit(command: string, value: unknown): number {
  if (value === undefined) return DEFAULT_MS;
  const seconds = /^\d+(\.\d+)?$/.test(String(value)) ? Number(value) : 0;
  if (seconds > 0 && seconds < MOST_SECONDS) return seconds * 1000;
  throw new UsageError(`${command}: --limit needs a number of seconds, not '${String(value)}'`);
}
