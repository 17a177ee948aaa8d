// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * Up to this size, in expressions, a function with one caller is inlined. Engines compile a function
 * when it is first called: without a limit, the first bpf() compiles all of its commands.
 */
const ONE_CALLER = 200;

/** Part of cache keys: which binaryen, and what it is told to do. */
export function optimiserId() {
  const entry = createRequire(import.meta.url).resolve("binaryen");
  const { version } = JSON.parse(readFileSync(entry.replace(/index\.js$/, "package.json"), "utf8"));
  return `binaryen ${version} Oz low-unused one-caller ${ONE_CALLER} x2 reordered stack-ir stripped`;
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
    // Nothing but the canary lies there: an offset may be folded into an access that would wrap.
    binaryen.setLowMemoryUnused(true);
    binaryen.setOneCallerInlineMaxSize(ONE_CALLER);
    binaryen.setGenerateStackIR(true);
    binaryen.setOptimizeStackIR(true);
    module.optimize();
    // What the first round made shorter is short enough to be inlined in the second.
    module.optimize();
    // Functions that are called most get the numbers that take one byte.
    module.runPasses(["reorder-functions"]);
    // Who made it is in package-lock.json; what it needs, every engine sees.
    module.runPasses(["strip-producers", "strip-target-features"]);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
