// SPDX-License-Identifier: MIT
/** The committed specification, and ways to look into it and to break it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSpec } from "../rules.mjs";

export const specDir: string = fileURLToPath(new URL("../../../../docs/spec", import.meta.url));
export const semantics: string = readFileSync(`${specDir}/semantics.md`, "utf8");

const { rules } = readSpec(semantics);

/** The rule of that id; throws when there is none. */
export function rule(id: string): (typeof rules)[number] {
  const found = rules.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no rule ${id}`);
  return found;
}

/** Number of the line that starts so. */
export function lineOf(start: string, text: string = semantics): number {
  const index = text.split("\n").findIndex((line) => line.startsWith(start));
  if (index < 0) throw new Error(`no line starts with ${start}`);
  return index + 1;
}

/** The specification with one line changed; the change must be one. */
export function mutated(start: string, change: (line: string) => string): string {
  const lines = semantics.split("\n");
  const index = lineOf(start) - 1;
  const line = lines[index] ?? "";
  const changed = change(line);
  if (changed === line) throw new Error(`the change leaves line ${index + 1} as it is`);
  lines[index] = changed;
  return lines.join("\n");
}
