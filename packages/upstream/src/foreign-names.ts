// SPDX-License-Identifier: MIT
import { SourceError } from "./errors.js";

/** A comment, or a literal that may contain the start of one. Each try succeeds or ends at once. */
const COMMENT =
  /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|"(?:\\[^\n]|[^"\\\n])*(?:"|\\?(?=\n|$))|'(?:\\[^\n]|[^'\\\n])*(?:'|\\?(?=\n|$))/g;
/** A directive or an operator that makes the compiler open a file. */
const OPENS =
  /^[ \t]*(?:#|%:)[ \t]*(include|include_next|import|embed|__include_macros|pragma[ \t]+GCC[ \t]+dependency)\b[ \t]*(["<])([^">\n]*)|\b(__has_include|__has_include_next|__has_embed)\s*\(\s*(["<])([^">\n]*)/gm;
/** Directives of the assembler that open a file. */
const ASSEMBLES = /"[^"\n]*\.(incbin|include)\b[^"\n]*/g;

/**
 * Refuses a C file that names files outside its tree. The compiler cannot open them either; this
 * check names the line, and holds for every compiler.
 *
 * @throws SourceError with the line of the first absolute or climbing name.
 */
export function refuseForeignNames(path: string, bytes: Uint8Array): void {
  const text = joinedLines(new TextDecoder().decode(bytes)).replaceAll(COMMENT, (found) =>
    found.startsWith("/") ? ` ${found.replaceAll(/[^\n]/g, "")}` : found,
  );
  const refuse = (at: number, what: string): never => {
    const line = text.slice(0, at).split("\n").length;
    throw new SourceError("unsafe", `${path}: ${what}; only the kernel's headers are there`, line);
  };
  for (const { index, 1: word, 3: first, 4: operator, 6: second } of text.matchAll(OPENS)) {
    const name = first ?? second ?? "";
    const what = word === undefined ? operator : `#${word}`;
    if (isForeign(path, name)) {
      refuse(index, `${what} names a file outside the source, ${JSON.stringify(name)}`);
    }
  }
  for (const { index, 1: word } of text.matchAll(ASSEMBLES)) {
    refuse(index, `.${word} makes the assembler read a file`);
  }
}

/** Joins continued lines. Empty lines follow each, so that the numbers of other lines stay. */
function joinedLines(text: string): string {
  return text.replaceAll(/(?<![^\n])(?:[^\n]*\\\r?\n)+[^\n]*/g, (lines) => {
    const count = lines.split("\n").length - 1;
    return lines.replaceAll(/\\\r?\n/g, "") + "\n".repeat(count);
  });
}

function isForeign(path: string, name: string): boolean {
  if (/^[/\\]|^[A-Za-z]:/.test(name)) return true;
  let depth = path.split("/").length - 1;
  for (const part of name.split(/[/\\]/)) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}
