// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
import type { ScenarioFiles } from "../src/index.ts";

// Vite reads the options from the text of the call: they cannot be shared through a constant.
const found = import.meta.glob<string>(
  ["../scenarios/*.yaml", "../../bpf-token/scenarios/*.yaml"],
  { query: "?raw", import: "default", eager: true },
);

/** Every scenario of the suite and the story of the demo, as text: in a browser there are no files. */
export const files: ScenarioFiles = Object.fromEntries(
  Object.entries(found).map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1), text]),
);
