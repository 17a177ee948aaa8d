#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// A CommonJS module (see package.json in this folder), because Node starts it faster.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

/**
 * Whether the arguments run a program on the model, without a report. That needs few files, and
 * starts in less time.
 */
function isQuick([command, ...words]) {
  const own = words.slice(0, words.includes("--") ? words.indexOf("--") : 0);
  const subject = own.findLast(
    (word, i) => word.startsWith("--subject=") || own[i - 1] === "--subject",
  );
  const others = ["--explain", "--json", "--help", "-h"];
  return (
    command === "exec" &&
    /^(--subject=)?model(@|$)/.test(subject ?? "") &&
    !own.some((word) => others.includes(word))
  );
}

/** Words that start from the files of the commands that a person waits for, in a clone; tools/build/bundle/lib/program.mjs. */
const waited = [
  ...["demo", "doctor", "explain", "trace"],
  ...["--version", "-V", "--help", "-h", undefined],
];

const inDist = (file) => join(__dirname, "../dist", file);

/** The file in `dist` that the arguments need. The npm package omits `start`: decision 0004. */
function fileOf(args) {
  if (isQuick(args)) return "quick/main.cjs";
  return waited.includes(args[0]) && existsSync(inDist("start/start.cjs"))
    ? "start/start.cjs"
    : "cli/main.js";
}

/** The program itself. This file is committed, so that npm can link the command before a build. */
async function main() {
  const file = fileOf(process.argv.slice(2));
  const program = inDist(file);
  if (!existsSync(program)) {
    console.error("bpf-token: not built yet; run `npm run build` at the top of the repository");
    process.exitCode = 3;
    return;
  }
  try {
    const { ended } = file.endsWith(".cjs")
      ? require(program)
      : await import(pathToFileURL(program).href);
    await ended;
  } catch (error) {
    // The system has no more file descriptors or memory, or the installation lacks a file.
    if (typeof error.code !== "string") throw error;
    console.error(`bpf-token: the program cannot be loaded: ${error.code}`);
    process.exitCode = 3;
  }
}

main();
