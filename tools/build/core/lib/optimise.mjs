// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * Functions with one caller are inlined up to this size, in expressions. Engines compile a function
 * on its first call; without a limit, the first bpf() would compile all commands.
 */
const ONE_CALLER = 200;

/** A part of cache keys: the version of binaryen and its settings. */
export function optimiserId() {
  const entry = createRequire(import.meta.url).resolve("binaryen");
  const { version } = JSON.parse(readFileSync(entry.replace(/index\.js$/, "package.json"), "utf8"));
  return `binaryen ${version} Oz low-unused one-caller ${ONE_CALLER} x2 reordered stack-ir stripped`;
}

/** Optimises a module for size. */
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
    // Address 0 holds only the canary, so binaryen may fold offsets into accesses there.
    binaryen.setLowMemoryUnused(true);
    binaryen.setOneCallerInlineMaxSize(ONE_CALLER);
    binaryen.setGenerateStackIR(true);
    binaryen.setOptimizeStackIR(true);
    module.optimize();
    // Functions that shrank in the first round may be inlined in the second.
    module.optimize();
    // Gives the most called functions the indices that encode in one byte.
    module.runPasses(["reorder-functions"]);
    // The package lock records the producers, and engines detect the features.
    module.runPasses(["strip-producers", "strip-target-features"]);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
