#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";

// This file is committed, so that npm can link the command before anything is built.
const program = new URL("../dist/cli/main.js", import.meta.url);
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
