#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";

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

// This file is committed, so that npm can link the command before anything is built.
const folder = isQuick(process.argv.slice(2)) ? "quick" : "cli";
const program = new URL(`../dist/${folder}/main.js`, import.meta.url);
if (existsSync(program)) {
  try {
    await import(program.href);
  } catch (error) {
    // The system has no more file descriptors or memory, or the installation lacks a file.
    if (typeof error.code !== "string") throw error;
    console.error(`bpf-token: the program cannot be loaded: ${error.code}`);
    process.exitCode = 3;
  }
} else {
  console.error("bpf-token: not built yet; run `npm run build` at the top of the repository");
  process.exitCode = 3;
}
