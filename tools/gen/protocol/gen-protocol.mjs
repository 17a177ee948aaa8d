// SPDX-License-Identifier: MIT
/**
 * Writes what kernel-native's protocol.json describes: `gen-protocol.mjs`; `--check` writes nothing
 * and exits 1 if a file differs.
 */
import { readFileSync } from "node:fs";
import { writeFiles } from "../lib/write-files.mjs";
import { emitC, emitTs } from "./emit-protocol.mjs";

const root = new URL("../../../", import.meta.url);
const native = "packages/kernel-native/native";
const how = { usage: "usage: npm run gen [-- --check]", source: "protocol.json" };

process.exitCode = writeFiles(how, process.argv.slice(2), () => {
  const protocol = JSON.parse(readFileSync(new URL(`${native}/protocol.json`, root), "utf8"));
  return [
    [`${native}/generated/protocol.h`, emitC(protocol)],
    ["packages/kernel-native/src/generated/protocol.ts", emitTs(protocol)],
  ];
});
