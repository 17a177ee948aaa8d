// SPDX-License-Identifier: MIT
// The packages that are published, as their manifests tell them.
import { readdirSync, readFileSync } from "node:fs";
import { root } from "./run.mjs";

/** In an order in which each stands after what it depends on. */
export function publicPackages() {
  const all = readdirSync(`${root}packages`)
    .map((folder) => ({ folder: `packages/${folder}`, json: manifest(`packages/${folder}`) }))
    .filter(({ json }) => !json.private);
  const sorted = [];
  while (sorted.length < all.length) {
    const named = new Set(sorted.map(({ json }) => json.name));
    const next = all.filter(({ json }) => !named.has(json.name) && isReady(json, named));
    if (next.length === 0) throw new Error("the packages depend on each other in a circle");
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

/** What can be imported from a package as a module: `bpf-token/matrix` and the like. */
export function entriesOf(json) {
  return Object.entries(json.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([path]) => json.name + path.slice(1));
}
