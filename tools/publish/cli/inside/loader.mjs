// SPDX-License-Identifier: MIT
// Loads the modules of the program, each with V8's code cache.
import { dirname, join } from "node:path";
import { Script } from "node:vm";

/**
 * Creates the `require` of the modules.
 *
 * @param read - returns the bytes of a file by name, or undefined.
 * @param folder - the folder that the modules seem to be in.
 * @param external - the `require` for modules of Node.
 * @param scripts - gets each compiled module by name.
 */
export function createLoader({ read, folder, external, scripts }) {
  const modules = new Map();
  function load(name) {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    // The bundle is ASCII, of which V8 then stores one byte for each character.
    const source = `(function (exports, require, module, __filename, __dirname) {${read(name).toString("latin1")}\n})`;
    const path = join(folder, name);
    const script = new Script(source, { filename: path, cachedData: read(`${name}.cache`) });
    scripts?.set(name, script);
    const run = script.runInThisContext();
    const require = (id) => (id.startsWith(".") ? load(join(dirname(name), id)) : external(id));
    run(module.exports, require, module, path, dirname(path));
    return module.exports;
  }
  return load;
}
