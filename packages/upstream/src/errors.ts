// SPDX-License-Identifier: MIT

/** What keeps a text of the kernel's from being had. */
export type SourceProblem =
  | "no-file"
  | "not-made"
  | "truncated"
  | "damaged"
  | "does-not-apply"
  | "encoding"
  | "no-source"
  | "no-release";

/** The text that is to be compiled cannot be had from where it was said to be. */
export class SourceError extends Error {
  override readonly name = "SourceError" as const;
  /** What is the matter. */
  readonly problem: SourceProblem;
  /** The line of the text, from 1, where that can be told. */
  readonly line: number | undefined;

  constructor(problem: SourceProblem, message: string, line?: number) {
    super(line === undefined ? message : `line ${line}: ${message}`);
    this.problem = problem;
    this.line = line;
  }
}

/** One thing that the compiler or the linker said. */
export interface Diagnostic {
  /** From the top of a kernel tree; undefined for what the linker says. */
  readonly file: string | undefined;
  /** From 1; undefined for what the linker says. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly kind: "error" | "warning";
  readonly message: string;
  /** The function, type, member or header that our kernel API lacks, if that is the matter. */
  readonly missing: string | undefined;
}

/** A file of the kernel's does not compile or link. */
export class CompileError extends Error {
  override readonly name = "CompileError" as const;
  /** Everything that was said, warnings too. */
  readonly diagnostics: readonly Diagnostic[];
  /** What our kernel API lacks, each once. */
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
    const lines = errors.length === 0 ? [log.trim() || "it said nothing"] : [...shown, ...more];
    super([`${what}:`, ...lines.map((line) => `  ${line}`), ...lacks].join("\n"));
    this.diagnostics = diagnostics;
    this.missing = missing;
  }
}

/** A diagnostic in one line, as compilers write it. */
export function formatDiagnostic({ file, line, column, kind, message }: Diagnostic): string {
  const place = file === undefined ? "" : `${file}:${line}:${column}: `;
  return `${place}${kind}: ${message}`;
}

/** There is no compiler, or it broke down. */
export class CompilerError extends Error {
  override readonly name = "CompilerError" as const;
}
