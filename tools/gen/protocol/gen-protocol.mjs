// SPDX-License-Identifier: MIT
/**
 * gen-protocol.mjs [--check]: generates both sides of kernel-native's protocol.json. --check writes
 * nothing and exits with 1 if a file differs.
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
