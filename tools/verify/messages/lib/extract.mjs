// SPDX-License-Identifier: MIT
// The format strings of a package: from the data of programs, and from sources of libraries.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Reads the format strings of the kept files.
 *
 * @param version - `about` limits the strings to those with a word; in sources the name of the file or of
 *   its folder counts, too. `append` is what the program prints after each.
 */
export function extractPackage({ folder, kind, about = "", append = "" }) {
  const isAbout = new RegExp(about, "i");
  const files = readdirSync(folder, { recursive: true }).map(String);
  const texts = files
    .filter((path) => statSync(join(folder, path)).isFile())
    .flatMap((path) => {
      const bytes = readFileSync(join(folder, path));
      if (kind === "elf") return stringsOf(bytes).filter((text) => isAbout.test(text));
      const place = path.split("/").slice(-2).join("/");
      return literalsOf(kind, String(bytes)).filter((text) => isAbout.test(`${place} ${text}`));
    });
  return [...new Set(texts.map((text) => text + append))].sort();
}

/** The longest format string; what has more lines is a usage text. */
const LONGEST = 600;
const LINES = 4;

/** The strings of a program, which C ends with a zero byte. */
export function stringsOf(bytes) {
  const parts = bytes.toString("latin1").split("\0").slice(0, -1);
  return parts.flatMap((part) => linesOf(/[\t\n -~]{8,}$/.exec(part)?.[0] ?? ""));
}

function linesOf(text) {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return text.length > LONGEST || lines.length > LINES ? [] : lines;
}

/** Calls whose strings are messages, by language. */
const calls = {
  go: /(?:\bfmt\.(?:Errorf|Sprintf)|\berrors\.New|\b(?:logger|logrus|log|l)\.\w+f?|\bStatusErrorf?|internal\.\w+Error\w*|&?\w*UnsupportedFeatureError)[({]/g,
  rust: /#\[error\(|\b(?:anyhow|bail|warn|error)!\(/g,
  python: /\b(?:Exception|Error|print|warn)\(/g,
};

const literal = /"((?:[^"\\\n]|\\.)*)"|`([^`]*)`|'((?:[^'\\\n]|\\.)*)'/g;

/** The strings in calls that report errors. Adjacent strings of one call are one message. */
export function literalsOf(kind, source) {
  const texts = [];
  for (const call of source.matchAll(calls[kind])) {
    const start = call.index + call[0].length;
    const end = endOfCall(source, start);
    const parts = [...source.slice(start, end).matchAll(literal)].map(([, a, b, c]) => a ?? b ?? c);
    const rest = source.slice(end, end + 300);
    // Rust prints the source of an error after it.
    const cause =
      kind === "rust" &&
      /^\)?\]?[^}]*?(?:io_error|io::Error|SyscallError)/.test(rest.split("#[error")[0]);
    if (parts.length > 0) texts.push(withoutEscapes(parts[0] + (cause ? ": %w" : "")));
    texts.push(...parts.slice(1).map(withoutEscapes));
  }
  return texts.flatMap(linesOf);
}

function endOfCall(source, start) {
  let depth = 1;
  let quote;
  for (let i = start; i < Math.min(source.length, start + 2000); i++) {
    const char = source[i];
    if (quote !== undefined) {
      if (char === "\\" && quote !== "`") i++;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "`") quote = char;
    else if (char === "(" || char === "{") depth++;
    else if ((char === ")" || char === "}") && --depth === 0) return i;
  }
  return start;
}

const withoutEscapes = (text) =>
  text
    .replace(/\\n/g, "\n")
    .replace(/\\t/g, " ")
    .replace(/\\(["'\\])/g, "$1");
