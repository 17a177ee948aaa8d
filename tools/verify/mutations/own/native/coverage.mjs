// SPDX-License-Identifier: MIT
// Which lines of C belong to which blocks of a program, and which tests reach a line.
import { spawnSync } from "node:child_process";
import { TEXT } from "./build.mjs";

const MOST_OUTPUT = 1 << 28;

function objdump(program, ...options) {
  const { status, stdout } = spawnSync("objdump", [...options, program], {
    ...{ encoding: "utf8", maxBuffer: MOST_OUTPUT },
  });
  if (status !== 0) throw new Error("objdump failed: install binutils");
  return stdout;
}

/** The addresses of the calls that note a block, and where each returns to. */
function blocksOf(program) {
  const rows = objdump(program, "-d", "--no-show-raw-insn").split("\n");
  const at = (row) => Number.parseInt(row, 16);
  return rows.flatMap((row, i) =>
    /\b(?:call|bl)\s.*<__sanitizer_cov_trace_pc>/.test(row)
      ? [{ from: at(row), back: at(rows[i + 1]) }]
      : [],
  );
}

/**
 * The lines of each block: those whose code is between two calls.
 *
 * @returns for `NAME.c:LINE` the places in the map that blocks of this line set.
 */
export function linesOf(program) {
  const blocks = blocksOf(program);
  const lines = new Map();
  for (const row of objdump(program, "--dwarf=decodedline").split("\n")) {
    const [, file, line, hex] = /^(\S+\.c)\s+(\d+)\s+(0x[0-9a-f]+)/.exec(row) ?? [];
    if (file === undefined) continue;
    const next = blocks.findIndex(({ from }) => from > Number(hex));
    const block = blocks.at(next < 0 ? blocks.length - 1 : next - 1);
    if (next === 0 || block === undefined) continue;
    const key = `${file}:${line}`;
    lines.set(key, (lines.get(key) ?? new Set()).add(block.back - TEXT));
  }
  return lines;
}

/** For each line from 1, whether it is outside of all functions, where no code is. */
export function outside(code) {
  let depth = 0;
  return [
    true,
    ...code.split("\n").map((line) => {
      const before = depth;
      for (const one of line) depth += one === "{" ? 1 : one === "}" ? -1 : 0;
      return before === 0;
    }),
  ];
}

/**
 * The tests that reach a line.
 *
 * @param traces - for each test the places that it set.
 * @returns undefined if this is not known, as for a table outside of functions.
 */
export function reaching(lines, traces, file, line, code) {
  const name = file.split("/").at(-1);
  const [top, rows] = [outside(code), code.split("\n")];
  for (let at = line; at > 0; at--) {
    // A function without code of its own is not in the program; a table has none.
    if (top[at]) return at < line && rows[at - 1] === "{" ? [] : undefined;
    const places = lines.get(`${name}:${at}`);
    if (places === undefined) continue;
    return traces.filter(({ set }) => set === undefined || set.some((place) => places.has(place)));
  }
  return undefined;
}
