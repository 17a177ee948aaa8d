// SPDX-License-Identifier: MIT

/**
 * Extracts the kernel's own `token.c` from patches and trees, compiles it unmodified, and links it
 * with the model into a kernel module.
 *
 * @packageDocumentation
 */
export {
  type BuildOptions,
  buildUpstream,
  releaseOfTexts,
  type UpstreamFile,
  type UpstreamModule,
} from "./build.js";
export {
  type ToolResult,
  type WasmCompiler,
  type YowaspClang,
  type YowaspOptions,
  type YowaspTree,
  yowaspCompiler,
} from "./compiler.js";
export {
  CompileError,
  CompilerError,
  type Diagnostic,
  formatDiagnostic,
  SourceError,
  type SourceProblem,
} from "./errors.js";
export { identify, type KnownText, knownTexts } from "./identify.js";
export { fileFromPatch, looksLikePatch } from "./patch.js";
export { filesOfPatch, type PatchedFile } from "./patch-files.js";
