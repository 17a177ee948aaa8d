// SPDX-License-Identifier: MIT

/**
 * Why upstream source cannot be read.
 *
 * - `no-source`: the place does not exist; `no-file`: it has no such file;
 * - `not-made`: the patch changes the file but does not create it;
 * - `truncated`, `damaged`, `does-not-apply`: the patch is incomplete or does not match the file;
 * - `encoding`: the mail body is base64-encoded;
 * - `unsafe`: it is no regular file, or it names files outside the source; `too-large`: it exceeds a
 *   limit;
 * - `no-release`: the release is neither known nor given.
 */
export type SourceProblem =
  | "no-file"
  | "not-made"
  | "truncated"
  | "damaged"
  | "does-not-apply"
  | "encoding"
  | "unsafe"
  | "too-large"
  | "no-source"
  | "no-release";

/**
 * Upstream source cannot be read from the given place.
 *
 * @example
 * ```ts
 * try {
 *   await fileFromPatch(text, "kernel/bpf/token.c");
 * } catch (error) {
 *   if (error instanceof SourceError) console.error(error.problem, error.line);
 * }
 * ```
 */
export class SourceError extends Error {
  override readonly name = "SourceError" as const;
  /** The kind of problem. */
  readonly problem: SourceProblem;
  /** The line of the input, from 1, if the problem has one. */
  readonly line: number | undefined;
  /** The lines of the hunk that does not apply. */
  readonly hunk: readonly string[];

  constructor(
    problem: SourceProblem,
    message: string,
    line?: number,
    hunk: readonly string[] = [],
  ) {
    super(line === undefined ? message : `line ${line}: ${message}`);
    this.problem = problem;
    this.line = line;
    this.hunk = hunk;
  }
}

/** One message of the compiler or the linker. */
export interface Diagnostic {
  /** Path in a kernel tree; undefined for a linker message. */
  readonly file: string | undefined;
  /** Line number from 1; undefined for a linker message. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly kind: "error" | "warning";
  readonly message: string;
  /** The function, type, member or header that the model's headers lack, if that is the cause. */
  readonly missing: string | undefined;
}

/**
 * An upstream file does not compile or link.
 *
 * @example
 * ```ts
 * try {
 *   await buildUpstream(files, { release: "6.12" });
 * } catch (error) {
 *   if (error instanceof CompileError) console.log(error.missing); // names without a stub
 * }
 * ```
 */
export class CompileError extends Error {
  override readonly name = "CompileError" as const;
  /** All messages, including warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** The names that the model's headers lack, without duplicates. */
  readonly missing: readonly string[];

  constructor(what: string, diagnostics: readonly Diagnostic[], log: string) {
    const errors = diagnostics.filter(({ kind }) => kind === "error");
    const missing = [...new Set(errors.flatMap(({ missing: name }) => name ?? []))];
    const shown = errors.slice(0, 5).map(formatDiagnostic);
    const more = errors.length > shown.length ? [`and ${errors.length - shown.length} more`] : [];
    const lacks =
      missing.length === 0
        ? []
        : [`the stub kernel has no ${missing.join(", ")}: see the headers of kernel-wasm/sdk`];
    const lines = errors.length === 0 ? firstLines(log) : [...shown, ...more];
    super([`${what}:`, ...lines.map((line) => `  ${line}`), ...lacks].join("\n"));
    this.diagnostics = diagnostics;
    this.missing = missing;
  }
}

/** A compiler that crashes prints its stack. */
function firstLines(log: string): readonly string[] {
  const lines = log.trim().split("\n");
  const shown = lines[0] === "" ? ["the tool printed nothing"] : lines.slice(0, 5);
  return lines.length > 5 ? [...shown, `and ${lines.length - 5} more lines`] : shown;
}

/**
 * Formats a diagnostic in one line, in the format of compilers.
 *
 * @example
 * ```ts
 * for (const warning of warnings) console.warn(formatDiagnostic(warning));
 * ```
 */
export function formatDiagnostic({ file, line, column, kind, message }: Diagnostic): string {
  const place = file === undefined ? "" : `${file}:${line}:${column}: `;
  return `${place}${kind}: ${message}`;
}

/**
 * No compiler is installed, or the compiler itself failed.
 *
 * @example
 * ```ts
 * try {
 *   await yowaspCompiler();
 * } catch (error) {
 *   if (error instanceof CompilerError) console.error(error.message);
 * }
 * ```
 */
export class CompilerError extends Error {
  override readonly name = "CompilerError" as const;
}
