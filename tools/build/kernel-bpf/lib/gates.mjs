// SPDX-License-Identifier: MIT
// Compares what a build found with the committed lists.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BpfKernelError } from "./errors.mjs";
import { gatePath, writeGate } from "./recipe.mjs";

const checked = /^(kernel\/(bpf|trace|cgroup)|net|lib)\//;

/** Options of the distribution that the sources ask about and the module does not set. */
export function optionsLeftOut(folder, recipe, config, options) {
  const asked = new Set();
  for (const path of recipe.files.filter((file) => checked.test(file))) {
    const text = readFileSync(join(folder, "linux", path), "utf8");
    for (const [name] of text.matchAll(/\bCONFIG_\w+/g)) asked.add(name.replace(/_MODULE$/, ""));
  }
  const isSet = (value) => value === "y" || value === "m";
  return [...asked].filter((name) => isSet(config.get(name)) && !options.has(name)).sort();
}

/**
 * Compares each list with its committed one. A build with a difference fails, because a verdict may
 * depend on it.
 *
 * @param found - `{ functions, data, options }`
 * @param update - whether to write the lists.
 */
export function checkGates(recipe, found, update) {
  const problems = [];
  for (const [gate, lines] of Object.entries(found)) {
    if (update) writeGate(recipe.release, gate, lines);
    else problems.push(...compare(recipe, gate, lines));
  }
  if (problems.length > 0) {
    throw new BpfKernelError(
      `${problems.join("\n")}\nCheck that no verdict depends on them, then add --update-lists.`,
    );
  }
}

function compare(recipe, gate, lines) {
  const known = new Set(recipe.gates[gate]);
  const found = new Set(lines);
  const more = lines.filter((name) => !known.has(name));
  const fewer = recipe.gates[gate].filter((name) => !found.has(name));
  const path = gatePath(recipe.release, gate);
  return [
    ...(more.length > 0 ? [`not in ${path}: ${more.join(", ")}`] : []),
    ...(fewer.length > 0 ? [`only in ${path}: ${fewer.join(", ")}`] : []),
  ];
}
