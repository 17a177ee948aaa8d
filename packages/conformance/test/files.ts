// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
import type { ScenarioFiles } from "../src/index.ts";

// Vite reads the options from the source of the call, so they cannot be a shared constant.
const found = import.meta.glob<string>(
  ["../scenarios/*.yaml", "../../bpf-token/scenarios/*.yaml"],
  { query: "?raw", import: "default", eager: true },
);

/** The text of every scenario of the suite and of the demo, because a browser has no files. */
export const files: ScenarioFiles = Object.fromEntries(
  Object.entries(found).map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1), text]),
);
