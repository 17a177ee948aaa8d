// SPDX-License-Identifier: MIT
// Builds mutated kernels: with one broken rule, or with a switch for each condition.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Cache } from "../../../build/core/lib/cache.mjs";
import { linkedNames, parseExports } from "../../../build/core/lib/exports.mjs";
import { linkFlags } from "../../../build/core/lib/flags.mjs";
import { compileModel, compileSource, objectName } from "../../../build/core/lib/objects.mjs";

/** The four magic words before the switches in memory. */
const MAGIC = Buffer.from(new Uint32Array([0x6d757461, 0x6e74206f, 0x66206120, 0x72756c65]).buffer);
const kinds = ["none", "off", "always", "errno", "drop", "swap"];

/** Links objects into a kernel with the exports listed below `top`. */
async function link(compiler, top, objects) {
  const list = "core-c/arch/wasm/exports.txt";
  const exportList = parseExports(readFileSync(join(top, list), "utf8"), list);
  const { ok, log, module } = await compiler.link(linkFlags(linkedNames(exportList)), objects);
  if (!ok) throw new Error(`${log.trimEnd()}\nthe mutated kernel does not link`);
  return module;
}

/** Compiles and links the sources below `top`. */
export async function buildModule(compiler, cacheFolder, top) {
  const { objects } = await compileModel(compiler, new Cache(cacheFolder), { top });
  return link(compiler, top, objects);
}

/**
 * Builds kernels that differ in one file each from the sources below `top`.
 *
 * @returns `start`, to await before changing any file, and `build`, for the one changed file.
 */
export function rebuilder(compiler, cacheFolder, top) {
  const cache = new Cache(cacheFolder);
  let unbroken;
  return {
    async start() {
      unbroken ??= (await compileModel(compiler, cache, { top })).objects;
    },
    async build(changed) {
      if (!changed.endsWith(".c")) return buildModule(compiler, cacheFolder, top);
      const object = await compileSource(compiler, cache, changed, top);
      return link(compiler, top, new Map(unbroken).set(objectName(changed), object));
    },
  };
}

/** Returns a copy of the module with its switches set. */
export function switchedTo(module, { kind, site = 0, other = 0, check = 0xffffffff, err = 0 }) {
  const bytes = Buffer.from(module);
  const at = bytes.indexOf(MAGIC);
  if (at < 0 || bytes.indexOf(MAGIC, at + 1) >= 0) {
    throw new Error("the module has no switches, or more than one set");
  }
  const words = [kinds.indexOf(kind), site, other, check];
  words.forEach((word, i) => {
    bytes.writeUInt32LE(word, at + 16 + 4 * i);
  });
  bytes.writeInt32LE(err, at + 32);
  return bytes;
}
