// SPDX-License-Identifier: MIT
// emcc: compiles the same sources for applications that are built with Emscripten.
import { availableParallelism } from "node:os";
import { BuildError } from "./errors.mjs";
import { root } from "./paths.mjs";
import { compileWith, linkWith, requireProgram, versionLine } from "./system.mjs";

/** Emscripten links with the wasm-ld of its clang. */
function linkerOf() {
  const names = ["wasm-ld-19", "wasm-ld"];
  const found = names.find((name) => versionLine(name) !== undefined);
  if (found !== undefined) return found;
  throw new BuildError("no wasm-ld found for emcc: install lld-19", 2);
}

/**
 * emcc compiles for its own target. The linker is called directly, because emcc forces a position
 * of the function table that {@link linkFlags} must choose.
 */
export function emscriptenCompiler(program = "emcc", top = root) {
  const version = requireProgram(
    program,
    "install the package emscripten, or choose another compiler",
  );
  const linker = linkerOf();
  return {
    id: `${version} + ${versionLine(linker)}`,
    jobs: availableParallelism(),
    compile: (flags, source) =>
      compileWith(
        program,
        flags.filter((flag) => !flag.startsWith("--target=")),
        source,
        top,
      ),
    link: (flags, objects) => linkWith(linker, flags, objects),
  };
}
