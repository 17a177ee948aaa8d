// SPDX-License-Identifier: MIT
// Measures `lint` in a large repository, and `grep`, which also reads each file once.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandPairs, timed } from "./processes.mjs";
import { row } from "./stats.mjs";

const FILES = 100_000;
const PER_FOLDER = 100;
/** Of so many files, one has a delegation. */
const RARE = 100;
/** A source of the usual size, and a script with a mistake. */
const plain = "static int add(int a, int b)\n{\n\treturn a + b;\n}\n\n".repeat(60);
const wrong = `${plain.slice(0, 500)}\nmount -t bpf -o delegate_cmds=map_create,prog_load none /b\n`;

/** CPU time and elapsed time of `lint` for many files. */
export function lintRows(times) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    for (let at = 0; at < FILES; at++) {
      const place = join(folder, `d${Math.floor(at / PER_FOLDER)}`);
      if (at % PER_FOLDER === 0) mkdirSync(place);
      const rare = at % RARE === 0;
      writeFileSync(join(place, rare ? `${at}.sh` : `${at}.c`), rare ? wrong : plain);
    }
    const runs = commandPairs(["lint", folder, "--format", "github"], times, [1]);
    const found = new Set(runs[0].command.stdout.match(/(?<=file=)[^,]+/g)).size;
    if (found !== FILES / RARE) throw new Error(`lint found mistakes in ${found} files`);
    const greps = Array.from({ length: times }, () =>
      timed("grep", ["-rlE", "delegate_|BPFDelegate|security\\.", folder]),
    );
    const samples = (name, all, take) => row(name, "ms", all.map(take));
    return [
      samples(`lint: ${FILES} files`, runs, ({ command }) => command.ms),
      samples(`lint: ${FILES} files, CPU time`, runs, ({ command }) => command.processor),
      samples("lint: grep in these files, CPU time", greps, ({ processor }) => processor),
    ];
  } finally {
    spawnSync("rm", ["-rf", folder]);
  }
}
