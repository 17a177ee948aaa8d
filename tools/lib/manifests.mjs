// SPDX-License-Identifier: MIT
// The published packages, according to their manifests.
import { readdirSync, readFileSync } from "node:fs";
import { root } from "./run.mjs";

/** Sorted so that each package comes after its dependencies. */
export function publicPackages() {
  const all = readdirSync(`${root}packages`)
    .map((folder) => ({ folder: `packages/${folder}`, json: manifest(`packages/${folder}`) }))
    .filter(({ json }) => !json.private);
  const sorted = [];
  while (sorted.length < all.length) {
    const named = new Set(sorted.map(({ json }) => json.name));
    const next = all.filter(({ json }) => !named.has(json.name) && isReady(json, named));
    if (next.length === 0) throw new Error("the packages have a dependency cycle");
    sorted.push(...next);
  }
  return sorted;
}

function isReady(json, named) {
  const needed = Object.keys(json.dependencies ?? {});
  return needed.every((name) => !name.includes("bpf-token") || named.has(name));
}

function manifest(folder) {
  return JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8"));
}

/** The entries of a package that can be imported as modules, such as `bpf-token/matrix`. */
export function entriesOf(json) {
  return Object.entries(json.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([path]) => json.name + path.slice(1));
}
