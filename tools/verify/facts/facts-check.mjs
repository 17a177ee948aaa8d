#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { release as uname } from "node:os";
import { parseArgs } from "node:util";
import { loadFacts } from "../../gen/uapi/facts.mjs";
import { Btf } from "./btf.mjs";
import { CannotTell, compareWithHeaders } from "./headers.mjs";
import { compareWithBtf } from "./running.mjs";

const usage = `usage: node tools/verify/facts/facts-check.mjs [--only btf|headers] [--btf FILE --release X.Y] [--cc CC]

Compares tools/gen/uapi/facts.json with the types of the running kernel and with the kernel headers
in /usr/include, and lists what differs. Exit code: 0 nothing, 1 something, 2 usage, 3 cannot tell.`;

const options = /** @type {const} */ ({
  only: { type: "string" },
  btf: { type: "string" },
  release: { type: "string" },
  cc: { type: "string" },
  help: { type: "boolean", short: "h" },
});

/** @typedef {{ what: string, wrong: string[] } | { what: string, why: string }} Result */

/**
 * @param {import("../../gen/uapi/facts.mjs").Facts} facts
 * @param {string} file
 * @param {string} release - as `uname -r`
 * @returns {Result}
 */
function withKernel(facts, file, release) {
  const what = `kernel ${release}`;
  const m = /^(\d+)\.(\d+)/.exec(release);
  const code = m === null ? 0 : Number(m[1]) * 1000 + Number(m[2]);
  if (code < 6009) return { what, why: `the facts begin with Linux 6.9` };
  try {
    return { what, wrong: compareWithBtf(facts, new Btf(readFileSync(file)), code) };
  } catch (error) {
    return { what, why: `${file}: ${/** @type {Error} */ (error).message}` };
  }
}

/**
 * @param {import("../../gen/uapi/facts.mjs").Facts} facts
 * @param {string} cc
 * @returns {Result}
 */
function withHeaders(facts, cc) {
  try {
    const { version, wrong } = compareWithHeaders(facts, cc);
    return { what: `headers of Linux ${version}`, wrong };
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    return { what: "headers", why: error.message };
  }
}

/** @param {Result} result @returns {number} exit code */
function report(result) {
  if ("why" in result) {
    console.log(`${result.what}: cannot tell: ${result.why}`);
    return 3;
  }
  for (const w of result.wrong) console.log(`${result.what}: ${w}`);
  const n = result.wrong.length;
  console.log(
    `${result.what}: ${n === 0 ? "no difference" : `${n} ${n === 1 ? "difference" : "differences"}`}`,
  );
  return n === 0 ? 0 : 1;
}

/**
 * @param {string[]} args
 * @returns {{ only?: string, btf?: string, release?: string, cc?: string, help?: boolean }}
 * @throws TypeError for what is not in the usage
 */
function parse(args) {
  const { values } = parseArgs({ args, options });
  if (values.only !== undefined && values.only !== "btf" && values.only !== "headers") {
    throw new TypeError(`--only ${values.only}: 'btf' or 'headers'`);
  }
  if ((values.btf === undefined) !== (values.release === undefined)) {
    throw new TypeError("--btf and --release belong together");
  }
  return values;
}

/** @param {ReturnType<typeof parse>} values @returns {number} exit code */
function check(values) {
  const facts = loadFacts(new URL("../../gen/uapi/facts.json", import.meta.url));
  const codes = [];
  if (values.only !== "headers") {
    const file = values.btf ?? "/sys/kernel/btf/vmlinux";
    codes.push(report(withKernel(facts, file, values.release ?? uname())));
  }
  if (values.only !== "btf") codes.push(report(withHeaders(facts, values.cc ?? "cc")));
  return codes.includes(1) ? 1 : Math.max(...codes);
}

/** @param {string[]} args @returns {number} exit code */
function main(args) {
  let values;
  try {
    values = parse(args);
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n${usage}`);
    return 2;
  }
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  try {
    return check(values);
  } catch (error) {
    console.error(`cannot tell: ${/** @type {Error} */ (error).message}`);
    return 3;
  }
}

process.exitCode = main(process.argv.slice(2));
