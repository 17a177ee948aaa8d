// SPDX-License-Identifier: MIT
// Reads the table of checks from the sources: symbols, ids and rules, in the order of their
// numbers.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const LINE = /^DEFINE_CHECK\((\w+), "([^"]+)", (\w+), "([^"]+)", "([^"]+)", "([^"]*)"/;

/** Reads trace/checks.def and the files that it includes. */
export function readChecks(top) {
  const folder = join(top, "core-c/include");
  const index = readFileSync(join(folder, "trace/checks.def"), "utf8");
  const files = [...index.matchAll(/#include <(trace\/checks\/[^>]+)>/g)].map((found) => found[1]);
  const lines = [index, ...files.map((file) => readFileSync(join(folder, file), "utf8"))];
  return lines
    .flatMap((text) => text.split("\n"))
    .map((line) => LINE.exec(line))
    .filter((found) => found !== null)
    .map(([, symbol, id, errno, file, func, rules], number) => ({
      symbol,
      id,
      errno,
      where: `${file}:${func}`,
      rules: rules.split(" ").filter((rule) => rule !== ""),
      number,
    }));
}
