// SPDX-License-Identifier: MIT
/** The committed specification, with helpers to look up and to break its lines. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSpec } from "../rules.mjs";

export const specDir: string = fileURLToPath(new URL("../../../../docs/spec", import.meta.url));
export const semantics: string = readFileSync(`${specDir}/semantics.md`, "utf8");

const { rules } = readSpec(semantics);

/** The rule with that id; throws if there is none. */
export function rule(id: string): (typeof rules)[number] {
  const found = rules.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no rule ${id}`);
  return found;
}

/** The number of the line that starts with `start`. */
export function lineOf(start: string, text: string = semantics): number {
  const index = text.split("\n").findIndex((line) => line.startsWith(start));
  if (index < 0) throw new Error(`no line starts with ${start}`);
  return index + 1;
}

/** The specification with one changed line; throws if the change has no effect. */
export function mutated(start: string, change: (line: string) => string): string {
  const lines = semantics.split("\n");
  const index = lineOf(start) - 1;
  const line = lines[index] ?? "";
  const changed = change(line);
  if (changed === line) throw new Error(`the change has no effect on line ${index + 1}`);
  lines[index] = changed;
  return lines.join("\n");
}
