// SPDX-License-Identifier: MIT
// Which files hold the JavaScript of a package.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";

/** The entries and programs of a package: file name without extension, and source file. */
export function entries({ exports = {}, bin = {} }) {
  const found = Object.values(exports)
    .filter((target) => target.default?.endsWith(".js"))
    .map((target) => [target.default.slice("./dist/".length, -".js".length), target[SOURCE]]);
  // The program itself is a small unbuilt file that imports this entry.
  const program = Object.keys(bin).length > 0 ? [["cli/main", "src/cli/main.ts"]] : [];
  return Object.fromEntries([...found, ...program]);
}

/** Entries that browsers import instead, in the form of {@link entries}. */
export function browserEntries({ exports = {} }) {
  const found = Object.values(exports)
    .map((target) => target.browser)
    .filter((target) => target !== undefined);
  return entries({ exports: found });
}

const SOURCE = "@bpf-token/source";

/**
 * Modules that a package exports as a namespace. Each stays a file of its own: inside a larger file
 * a namespace is an object, and bundlers cannot drop unused members of an object.
 *
 * @param folder - the source folder.
 * @returns their paths relative to the folder, without extension.
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
 * The name of a chunk. A module that is imported on demand keeps the path of its source. A shared
 * chunk gets a name that cannot collide with one.
 *
 * @param path - of the module that others import, relative to the source folder; undefined for
 *   several.
 */
export function chunkName(path) {
  return path === undefined ? "shared-[name].js" : path.replace(/\.ts$/, ".js");
}

/**
 * Modules that a program needs at the same time. One file of them starts faster than one file each.
 * Paths are relative to the source folder.
 */
const together = {
  // Without this, the three entries share three chunks.
  "@bpf-token/kernel-wasm": {
    parts: [
      ...["call", "instance", "snapshot", "stack", "task"].map((name) => `host/${name}`),
      ...["base64", "crash", "memory-of", "origin"].map((name) => `module/${name}`),
      "errors",
    ],
  },
  "@bpf-token/kernel-native": { program: ["errors", "native-program", "program"] },
  "bpf-token": {
    command: ["cli/json", "cli/output", "cli/system-error", "cli/text/paint", "cli/usage"],
    choice: ["cli/input/kernels", "cli/input/release", "cli/input/setup", "subjects/find"],
  },
};

/**
 * The groups of {@link together}, as the bundler takes them.
 *
 * @param name - of the package.
 * @param source - its source folder, absolute.
 */
export function groups(name, source) {
  return Object.entries(together[name] ?? {}).map(([group, modules]) => {
    const paths = new Set(modules.map((module) => join(source, `${module}.ts`)));
    return { name: group, test: (id) => paths.has(id) };
  });
}

/**
 * A module that uses `import.meta.url` must stay at its depth, because it opens files relative to
 * it.
 */
export function wrongDepth(file, modules) {
  const depth = (path) => path.split("/").length;
  return modules
    .filter(({ path, text }) => text.includes("import.meta.url") && depth(path) !== depth(file))
    .map(({ path }) => `${path} uses import.meta.url, so it cannot move to dist/${file}`);
}
