// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";

/** @typedef {"CALL" | "OLD" | "NEWER" | "ON_FILE" | "ADDING" | "MAPPING" | "CREATING" | "SETTING"} Kind */
/** @typedef {{ readonly name: string, readonly x64?: number, readonly arm64?: number, readonly kind?: Kind }} Call */

const root = new URL("../../../", import.meta.url);
const CALLS = "packages/kernel-native/native/intercepted/calls.def";
const NUMBERS = "tools/gen/intercepted/syscalls.txt";

/**
 * All system calls, in the order of x86-64; those that the filter of `exec --subject` can report have a kind.
 *
 * @returns {readonly Call[]}
 * @throws {Error} if a number in calls.def is not that of the call.
 */
export function readCalls() {
  const rows = read(NUMBERS).matchAll(/^(\w+) (\d+|-) (\d+|-)$/gm);
  const kinds = readKinds();
  const calls = [...rows].map(([, name = "", x64 = "", arm64 = ""]) => {
    const found = kinds.get(name);
    kinds.delete(name);
    if (found !== undefined && found.number !== x64)
      throw new Error(`${CALLS}: ${name} is ${x64} on x86-64, not ${found.number}`);
    if (found !== undefined && (found.kind === "OLD") !== (arm64 === "-"))
      throw new Error(`${CALLS}: ${name} is OLD() if arm64 does not have it, and only then`);
    return {
      name,
      ...(x64 === "-" ? {} : { x64: Number(x64) }),
      ...(arm64 === "-" ? {} : { arm64: Number(arm64) }),
      ...(found === undefined ? {} : { kind: found.kind }),
    };
  });
  const [unknown] = kinds.keys();
  if (unknown !== undefined) throw new Error(`${NUMBERS} lacks ${unknown}`);
  return calls;
}

function readKinds() {
  const rows = read(CALLS).matchAll(/^([A-Z_]+)\((\w+), (\d+)\)$/gm);
  return new Map(
    [...rows].map(([, kind, name = "", number]) => {
      return [name, { kind: /** @type {Kind} */ (kind), number }];
    }),
  );
}

/** @param {string} path */
function read(path) {
  return readFileSync(new URL(path, root), "utf8");
}
