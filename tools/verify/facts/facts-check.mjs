#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { release as uname } from "node:os";
import { loadFacts } from "../../gen/uapi/facts.mjs";
import { readOptions } from "../../lib/options.mjs";
import { codeOf, linuxCode } from "../../lib/releases.mjs";
import { Btf } from "./btf.mjs";
import { compareWithHeaders, InconclusiveError } from "./headers.mjs";
import { compareWithBtf } from "./running.mjs";

const HELP = `usage: npm run tool facts -- [--only btf|headers] [--btf FILE --release X.Y] [--cc CC]

Compares tools/gen/uapi/facts.json with the BTF of the running kernel and with the kernel headers in
/usr/include, and prints one line for each difference.

Options:
  --only btf|headers   make only this comparison
  --btf FILE           the BTF of another kernel; --release names its release
  --release X.Y        the release of --btf
  --cc CC              the C compiler that reads the headers (default: cc)

Exit codes: 0 no difference; 1 differences; 2 usage; 3 not checked (the reason is printed).`;

const options = /** @type {const} */ ({
  only: { type: "string" },
  btf: { type: "string" },
  release: { type: "string" },
  cc: { type: "string" },
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
  const code = linuxCode(release);
  if (!(code >= codeOf("6.9"))) return { what, why: `the facts start with Linux 6.9` };
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
    if (!(error instanceof InconclusiveError)) throw error;
    return { what: "headers", why: error.message };
  }
}

/** @param {Result} result @returns {number} exit code */
function report(result) {
  if ("why" in result) {
    console.log(`${result.what}: not checked: ${result.why}`);
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
 * @param {{ values: { only?: string, btf?: string, release?: string, cc?: string } }} parsed
 * @throws TypeError for invalid options
 */
function refine({ values }) {
  if (values.only !== undefined && values.only !== "btf" && values.only !== "headers") {
    throw new TypeError(`--only ${values.only}: 'btf' or 'headers'`);
  }
  if ((values.btf === undefined) !== (values.release === undefined)) {
    throw new TypeError("--btf and --release belong together");
  }
  return values;
}

/** @param {ReturnType<typeof refine>} values @returns {number} exit code */
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

/** @param {ReturnType<typeof refine>} values @returns {number} exit code */
function main(values) {
  try {
    return check(values);
  } catch (error) {
    console.error(`not checked: ${/** @type {Error} */ (error).message}`);
    return 3;
  }
}

process.exitCode = main(readOptions(HELP, { options }, refine));
