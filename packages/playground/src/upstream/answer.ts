// SPDX-License-Identifier: MIT
// Compiles the kernel's token.c in the page, and compares it with the model.
import { ModuleError } from "@bpf-token/kernel-wasm";
import type { KernelRelease } from "@bpf-token/uapi";
import {
  buildUpstream,
  CompileError,
  CompilerError,
  formatDiagnostic,
  SourceError,
  type UpstreamModule,
  type WasmCompiler,
  type YowaspClang,
  yowaspCompiler,
} from "@bpf-token/upstream";
import { compareSequences, type SequenceResult } from "./sequences.js";
import { type SourceText, sourceFiles } from "./source.js";
import { compareSuite, type SuiteResult } from "./suite-comparison.js";

/** The texts, and where the compiler is. */
export interface UpstreamQuestion {
  readonly texts: readonly SourceText[];
  /** The release to compile for; undefined: that of the source, if it is known. */
  readonly release: KernelRelease | undefined;
  /** The address of the compiler's folder. */
  readonly compiler: string;
}

/** How far the work is. */
export interface UpstreamPhase {
  readonly name: "compiler" | "compile" | "suite" | "sequences" | "done";
  readonly done: number;
  /** 0 if unknown. */
  readonly total: number;
}

/** The results so far. */
export interface UpstreamAnswer {
  readonly phase: UpstreamPhase;
  /** Why the work ended early; the compiler's messages are in it. */
  readonly error?: string;
  readonly about?: {
    readonly release: KernelRelease;
    readonly revision: string | undefined;
    readonly files: readonly string[];
    readonly warnings: readonly string[];
  };
  readonly suite?: SuiteResult;
  readonly sequences?: SequenceResult;
}

type Report = (partial: UpstreamAnswer) => void;

/** Compiles the source, runs the suite and random sequences, and measures what they reached. */
export async function upstreamAnswer(
  question: UpstreamQuestion,
  send: Report,
): Promise<UpstreamAnswer> {
  let answer: UpstreamAnswer = { phase: { name: "compiler", done: 0, total: 0 } };
  const add = (more: Partial<UpstreamAnswer>): void => {
    answer = { ...answer, ...more };
    send(answer);
  };
  const phase = (name: UpstreamPhase["name"], done = 0, total = 0): void =>
    add({ phase: { name, done, total } });
  try {
    const files = await sourceFiles(question.texts);
    const compiler = await compilerOf(question.compiler, (done, total) =>
      phase("compiler", done, total),
    );
    phase("compile");
    const { release } = question;
    const built = await buildUpstream(files, { ...(release && { release }), compiler });
    add({ about: aboutOf(built) });
    phase("suite");
    const suite = compareSuite(built, (done, total) => phase("suite", done, total));
    add({ suite });
    phase("sequences");
    const sequences = await compareSequences({ files, built, compiler }, (done, total) =>
      phase("sequences", done, total),
    );
    return { ...answer, sequences, phase: { name: "done", done: 1, total: 1 } };
  } catch (error) {
    const kinds = [SourceError, CompileError, CompilerError, ModuleError];
    if (!kinds.some((kind) => error instanceof kind)) throw error;
    return { ...answer, error: (error as Error).message };
  }
}

function aboutOf({ origin, warnings }: UpstreamModule): NonNullable<UpstreamAnswer["about"]> {
  return {
    release: origin.release,
    revision: origin.revision,
    files: origin.files.map(({ path }) => path),
    warnings: warnings.map(formatDiagnostic),
  };
}

let loaded: Promise<WasmCompiler> | undefined;
let progress: (done: number, total: number) => void = () => {};

/** Loads the compiler once. */
function compilerOf(folder: string, onProgress: typeof progress): Promise<WasmCompiler> {
  progress = onProgress;
  loaded ??= yowaspCompiler({
    load: async () => (await import(/* @vite-ignore */ `${folder}bundle.js`)) as YowaspClang,
    onProgress: (done, total) => progress(done, total),
  });
  loaded.catch(() => {
    loaded = undefined;
  });
  return loaded;
}
