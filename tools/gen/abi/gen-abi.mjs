// SPDX-License-Identifier: MIT
// @ts-check
// gen-abi.mjs [--check]: generates files from core-c/arch/wasm/abi.json and the lists of exports.
// --check writes nothing. Exit codes: 0 written or up to date, 1 a file differs, 2 usage.
import { readFileSync } from "node:fs";
import { writeFiles } from "../lib/write-files.mjs";
import { emitC, emitSequenceTs, emitTs } from "./emit-abi.mjs";

const root = new URL("../../../", import.meta.url);
/** @param {string} name */
const read = (name) => readFileSync(new URL(name, root), "utf8");

const how = {
  usage: "usage: npm run gen [-- --check]",
  source: "core-c/arch/wasm/abi.json",
};

process.exitCode = writeFiles(how, process.argv.slice(2), () => {
  const abi = JSON.parse(read("core-c/arch/wasm/abi.json"));
  const generated = "packages/kernel-wasm/src/generated";
  return [
    ["core-c/arch/wasm/abi.h", emitC(abi)],
    [`${generated}/abi.ts`, emitTs(abi, read("core-c/arch/wasm/exports.txt"))],
    [`${generated}/sequence-abi.ts`, emitSequenceTs(abi, read("core-c/tests/fuzz/exports.txt"))],
  ];
});
