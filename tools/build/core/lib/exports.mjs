// SPDX-License-Identifier: MIT
// Reads the list of exports and imports, and compares a module with the list.
import { memoryPages } from "./flags.mjs";
import { moduleInfo } from "./module-info.mjs";

const ENTRY = /^(\w+)\s+(memory|\([\w, ]*\) -> \w+)$/;
const EXCEPTION = /^!\s*(\w+)\s+(\S.*)$/;
const IMPORT = /^<\s*(\w+)\s+(\w+)\s+(\([\w, ]*\) -> \w+)$/;

/**
 * Parses the list: one export per line, a name and `memory` or its signature; `! name reason` for
 * an export that callers must not use; `< module name signature` for an allowed import; `#` starts
 * a comment.
 *
 * @throws Error that names the line.
 */
export function parseExports(text, file = "exports.txt") {
  const wanted = new Map();
  const exceptions = new Map();
  const imports = new Map();
  text.split("\n").forEach((raw, i) => {
    const line = raw.replace(/#.*/, "").trim();
    if (line === "") return;
    const imported = IMPORT.exec(line);
    if (imported) {
      imports.set(`${imported[1]}.${imported[2]}`, imported[3]);
      return;
    }
    const exception = EXCEPTION.exec(line);
    const entry = ENTRY.exec(line);
    const name = (exception ?? entry)?.[1];
    if (name === undefined) {
      throw new Error(`${file}:${i + 1}: neither 'name (i32) -> i32' nor '! name reason': ${line}`);
    }
    if (wanted.has(name) || exceptions.has(name)) {
      throw new Error(`${file}:${i + 1}: '${name}' is listed twice`);
    }
    if (exception) exceptions.set(name, exception[2]);
    else wanted.set(name, entry[2]);
  });
  return { wanted, exceptions, imports };
}

/** The export names for the linker, which exports memory by default. */
export function linkedNames({ wanted }) {
  return [...wanted].filter(([, kind]) => kind !== "memory").map(([name]) => name);
}

/** Compares a module with the list; returns a line per difference. */
export function checkModule(bytes, { wanted, exceptions, imports: allowed }) {
  const { imports, exports, memory } = moduleInfo(bytes);
  const wrong = [...imports].flatMap(([name, signature]) => {
    const listed = allowed.get(name);
    if (listed === undefined) return [`imports ${name}, which is not listed`];
    return listed === signature ? [] : [`imports ${name} as ${signature}, listed is ${listed}`];
  });
  for (const [name, signature] of wanted) {
    const is = exports.get(name);
    if (is === undefined) wrong.push(`does not export ${name}`);
    else if (is !== signature) wrong.push(`exports ${name} as ${is}, listed is ${signature}`);
  }
  for (const name of exports.keys()) {
    if (!wanted.has(name) && !exceptions.has(name)) {
      wrong.push(`exports ${name}, which is not listed; list it, or give the reason with '!'`);
    }
  }
  if (memory?.initial !== memoryPages.initial || memory?.maximum !== memoryPages.maximum) {
    wrong.push(`has a memory of ${memory?.initial} to ${memory?.maximum} pages`);
  }
  return wrong;
}
