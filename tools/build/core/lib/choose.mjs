// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import { emscriptenCompiler } from "./emscripten.mjs";
import { systemCompiler } from "./system.mjs";
import { yowaspCompiler } from "./yowasp.mjs";

function isClang(program) {
  return /^clang(-\d+)?$/.test(basename(program));
}

function isEmcc(program) {
  return basename(program) === "emcc";
}

/**
 * Chooses the compiler: the requested one, else the clang or emcc that CC names, else the one from
 * npm.
 *
 * @param note - is called with one line when CC names a compiler without a WebAssembly target.
 */
export function chooseCompiler(asked, env = process.env, note = console.error) {
  if (asked === "yowasp") return yowaspCompiler();
  if (asked !== undefined && isEmcc(asked)) return emscriptenCompiler(asked);
  if (asked !== undefined) return systemCompiler(asked);
  const cc = env.CC?.trim();
  if (!cc) return yowaspCompiler();
  if (isEmcc(cc)) return emscriptenCompiler(cc);
  if (isClang(cc)) return systemCompiler(cc);
  note(`CC=${cc} is not clang and cannot compile for WebAssembly; using the compiler from npm`);
  return yowaspCompiler();
}
