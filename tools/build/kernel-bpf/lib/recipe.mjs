// SPDX-License-Identifier: MIT
// The committed part of a build: our C and the lists in core-c/kernel-bpf.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../lib/run.mjs";

/** The folder of our C, headers and lists. */
export const subsystem = join(root, "core-c/kernel-bpf");
/** The releases that have a recipe. */
export const releases = readdirSync(join(subsystem, "releases")).sort();

/** The lines of a list, without comments; a line may have a reason after its first word. */
export function parseList(text) {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

function listAt(path) {
  return parseList(readFileSync(join(subsystem, path), "utf8"));
}

/** Options `CONFIG_NAME=value` as a map. */
export function parseConfig(text) {
  const found = text.matchAll(/^(CONFIG_\w+)=(.*)$/gm);
  return new Map([...found].map(([, name, value]) => [name, value]));
}

/** Everything that is committed about a release. */
export function readRecipe(release) {
  const of = (name) => `releases/${release}/${name}`;
  return {
    release,
    files: listAt(of("files.txt")),
    asmGeneric: listAt(of("asm-generic.txt")),
    machine: parseConfig(readFileSync(join(subsystem, of("machine.config")), "utf8")),
    distribution: listAt("distribution.txt"),
    noEffect: new Map(listAt("no-effect.txt").map((line) => line.split(/\s+/, 2))),
    gates: {
      functions: listAt(of("not-modelled.txt")),
      data: listAt(of("undefined-data.txt")),
      options: listAt(of("options-left-out.txt")),
    },
  };
}

const heads = {
  functions: "# Functions that the sources call and the module does not have: each ends the call.",
  data: "# Data that the sources name and the module does not have: at address 0, unused.",
  options: "# Options of the distribution that the sources ask about and the module does not set.",
};
const names = {
  functions: "not-modelled.txt",
  data: "undefined-data.txt",
  options: "options-left-out.txt",
};

/** Writes a list that a link found. */
export function writeGate(release, gate, lines) {
  const path = join(subsystem, "releases", release, names[gate]);
  writeFileSync(path, `${[heads[gate], ...lines].join("\n")}\n`);
}

/** The file of a gate, from the top of the repository. */
export function gatePath(release, gate) {
  return `core-c/kernel-bpf/releases/${release}/${names[gate]}`;
}
