// SPDX-License-Identifier: MIT
// Which files a package's JavaScript is in.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";

/** What can be imported from a package or run: the name of the file without its end, and the source. */
export function entries({ exports = {}, bin = {} }) {
  const found = Object.values(exports)
    .filter((target) => target.default?.endsWith(".js"))
    .map((target) => [target.default.slice("./dist/".length, -".js".length), target[SOURCE]]);
  // A program is a small file that is not built, and imports this one.
  const program = Object.keys(bin).length > 0 ? [["cli/main", "src/cli/main.ts"]] : [];
  return Object.fromEntries([...found, ...program]);
}

/** What is imported in browsers in place of an entry; in the form of {@link entries}. */
export function browserEntries({ exports = {} }) {
  const found = Object.values(exports)
    .map((target) => target.browser)
    .filter((target) => target !== undefined);
  return entries({ exports: found });
}

const SOURCE = "@bpf-token/source";

/**
 * Modules that a package exports as namespaces stay files of their own: in one file with others
 * a namespace is an object, of which no page could leave anything out.
 *
 * @param folder - of the sources.
 * @returns their paths from there, without an end.
 */
export function namespaces(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return [...text.matchAll(/^export \* as \w+ from "(\.[^"]*)\.js";/gm)].map(([, path = ""]) =>
        posix.join(dirname(file).replaceAll(sep, "/"), path),
      );
    });
}

/**
 * The name of a file that is not an entry. What is imported when it is asked for lies where its source
 * does; what others share has a name of its own, lest it take one of theirs.
 *
 * @param path - of the module that others import, from the folder of sources; undefined for several.
 */
export function chunkName(path) {
  return path === undefined ? "shared-[name].js" : path.replace(/\.ts$/, ".js");
}

/** A module that asks where it is has to stay as deep as it was: it looks for files from there. */
export function wrongDepth(file, modules) {
  const depth = (path) => path.split("/").length;
  return modules
    .filter(({ path, text }) => text.includes("import.meta.url") && depth(path) !== depth(file))
    .map(({ path }) => `${path} asks for its place, and dist/${file} is another`);
}
