// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));
/** After this module, the program waits for its version without an end. */
const silent = `import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
const read = files.readFile;
files.readFile = (path, ...more) =>
  String(path).endsWith("/package.json") ? new Promise(() => {}) : read(path, ...more);
syncBuiltinESMExports();`;

test.each<[string, readonly string[], object]>([
  [
    "a command that waits for nothing says that it has no result",
    ["--import", `data:text/javascript,${encodeURIComponent(silent)}`],
    { status: 3, stderr: "bpf-token: ended without a result; this is a bug of bpf-token\n" },
  ],
  ["one with a result does not", [], { status: 0, stderr: "", stdout: "0.0.0\n" }],
])("%s", (_, flags, result) => {
  const words = [...flags, program, "--version"];
  expect(spawnSync(process.execPath, words, { encoding: "utf8" })).toMatchObject(result);
});
