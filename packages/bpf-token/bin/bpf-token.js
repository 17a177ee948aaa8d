#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";

// This file is committed, so that npm can link the command before anything is built.
const program = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error("bpf-token: not built yet; run `npm run build` at the top of the repository");
  process.exitCode = 3;
}
