// SPDX-License-Identifier: MIT
import type { Diagnostic } from "./errors.js";

const CLANG = /^(\S+?):(\d+):(\d+): (?:fatal )?(error|warning): (.*)$/;
const LINKER = /^(?:(?!wasm-ld)\S)*wasm-ld\S*: (error|warning): (.*)$/;

/** Messages about missing declarations. The first group is the missing name. */
const missing: readonly RegExp[] = [
  /^call to undeclared (?:library )?function '([^']+)'/,
  /^use of undeclared (?:identifier|label) '([^']+)'/,
  /^unknown type name '([^']+)'/,
  /^'([^']+)' file not found/,
  /^no member named '([^']+)' in/,
  /^incomplete definition of type '([^']+)'/,
  /^variable has incomplete type '([^']+)'/,
  /^field designator '([^']+)' does not refer to any field/,
  /undefined symbol: (\S+)/,
];

function missingIn(message: string): string | undefined {
  for (const pattern of missing) {
    const name = pattern.exec(message)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Parses the output of clang and wasm-ld. Notes and source excerpts are skipped. */
export function diagnosticsOf(log: string): readonly Diagnostic[] {
  return log.split("\n").flatMap((line): Diagnostic[] => {
    const [, file, row, column, kind, text] = CLANG.exec(line) ?? [];
    if (kind !== undefined && text !== undefined) {
      const place = { file, line: Number(row), column: Number(column) };
      return [
        { ...place, kind: kind as Diagnostic["kind"], message: text, missing: missingIn(text) },
      ];
    }
    const [, level, message] = LINKER.exec(line) ?? [];
    if (level === undefined || message === undefined) return [];
    const nowhere = { file: undefined, line: undefined, column: undefined };
    const details = { message, missing: missingIn(message) };
    return [{ ...nowhere, kind: level as Diagnostic["kind"], ...details }];
  });
}
