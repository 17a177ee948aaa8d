// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
import type { ScenarioFiles } from "../src/index.ts";

const raw = { query: "?raw", import: "default", eager: true } as const;

/** Every scenario of the suite and the story of the demo, as text: in a browser there are no files. */
export const files: ScenarioFiles = Object.fromEntries(
  Object.entries<string>({
    ...import.meta.glob("../scenarios/*.yaml", raw),
    ...import.meta.glob("../../bpf-token/scenarios/*.yaml", raw),
  } as Record<string, string>).map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1), text]),
);
