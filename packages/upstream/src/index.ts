// SPDX-License-Identifier: MIT

/**
 * The kernel's own `token.c`, unmodified, as a kernel: its text is taken out of patches and trees,
 * compiled, and linked with the model around it.
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
