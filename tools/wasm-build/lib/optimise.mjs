// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Part of cache keys: which binaryen, and what it is told to do. */
export function optimiserId() {
  const entry = createRequire(import.meta.url).resolve("binaryen");
  const { version } = JSON.parse(readFileSync(entry.replace(/index\.js$/, "package.json"), "utf8"));
  return `binaryen ${version} O2 s2`;
}

/** The same module, smaller. */
export async function optimise(bytes) {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(bytes);
  try {
    const { MVP, BulkMemory, BulkMemoryOpt, SignExt, MutableGlobals, NontrappingFPToInt } =
      binaryen.Features;
    module.setFeatures(
      MVP | BulkMemory | (BulkMemoryOpt ?? 0) | SignExt | MutableGlobals | NontrappingFPToInt,
    );
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    module.optimize();
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
