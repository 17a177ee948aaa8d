// SPDX-License-Identifier: MIT
/**
 * Writes what kernel-native's protocol.json describes: `gen-protocol.mjs`; `--check` writes nothing
 * and exits 1 if a file differs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { emitC, emitTs } from "./emit-protocol.mjs";

const root = new URL("../../../", import.meta.url);
const native = "packages/kernel-native/native";
const protocol = JSON.parse(readFileSync(new URL(`${native}/protocol.json`, root), "utf8"));
const files = [
  [`${native}/generated/protocol.h`, emitC(protocol)],
  ["packages/kernel-native/src/generated/protocol.ts", emitTs(protocol)],
];

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--check")) {
  console.error("usage: npm run gen [-- --check]");
  process.exit(2);
}
let stale = 0;
for (const [name, text] of files) {
  const path = fileURLToPath(new URL(name, root));
  if (args.length === 0) {
    writeFileSync(path, text);
    console.log(`wrote ${name}`);
  } else if (read(path) !== text) {
    stale += 1;
    console.error(`${name} is not what protocol.json says; run 'npm run gen'`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
