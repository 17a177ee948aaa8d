// SPDX-License-Identifier: MIT
// bundle.mjs PACKAGE: bundles the JavaScript of a package into one file per entry, plus a few
// chunks that entries share. Node reads files one by one, which was most of the cost of an import.
// tsc writes the declarations file by file.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { rolldown } from "rolldown";
import { ascii } from "./lib/ascii.mjs";
import {
  browserEntries,
  chunkName,
  entries,
  groups,
  namespaces,
  wrongDepth,
} from "./lib/layout.mjs";
import { writeProgram } from "./lib/program.mjs";
import { writeLinked, writeQuick } from "./lib/quick.mjs";
import { vendored, writeVendored } from "./lib/vendored.mjs";

const folder = resolve(process.argv[2] ?? "");
if (!existsSync(join(folder, "package.json"))) {
  console.error("usage: bundle.mjs PACKAGE, a folder with a package.json");
  process.exit(2);
}
const json = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const source = join(folder, "src");
const dist = join(folder, "dist");
/** The path inside the source folder, or undefined for a file outside of it. */
const inSource = (id) =>
  id?.startsWith(source) ? relative(source, id).replaceAll(sep, "/") : undefined;

const isOther = (id) => !id.startsWith(".") && !isAbsolute(id);
const apart = namespaces(source);
/** Files of dist that another step writes: an entry imports them unchanged. */
const prebuilt = ["generated/sdk-archive", ...vendored];

/** The comment with which the bundler starts each module, 30 kB in all. */
const moduleComment = /^\/\/ (?:\.\.\/)*(?:packages|tools)\/[\w./-]+\.ts\n/gm;

/**
 * Runs after code generation: the code generator would turn earlier escapes into characters again.
 */
function generateBundle(_, bundle) {
  for (const chunk of Object.values(bundle)) {
    chunk.code = ascii(chunk.code).replace(moduleComment, "");
  }
}

/** Bundles the named modules, each with the modules that only it imports. */
async function write(input, resolveId, codeSplitting = true) {
  const bundle = await rolldown({
    input,
    // Other packages and Node's own modules stay imports.
    external: isOther,
    plugins: [{ name: "apart", resolveId, generateBundle }],
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    transform: { target: "es2022" },
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "esm",
    codeSplitting,
    entryFileNames: "[name].js",
    chunkFileNames: (chunk) => chunkName(inSource(chunk.facadeModuleId)),
    banner: `// SPDX-License-Identifier: ${json.license}`,
    // TSDoc comments are in the declarations and the sources; the bundle needs none.
    comments: { annotation: true, jsdoc: false, legal: true },
  });
  await bundle.close();
  return output;
}

const whole = await write(
  Object.fromEntries(
    Object.entries(entries(json)).map(([name, path]) => [name, join(folder, path)]),
  ),
  (id, importer) => {
    const path = importer && inSource(resolve(importer, "..", id))?.replace(/\.js$/, "");
    const outside = apart.includes(path) || prebuilt.includes(path);
    return outside ? { id: join(source, `${path}.js`), external: "relative" } : undefined;
  },
  { groups: groups(json.name, source) },
);
const alone = [];
for (const name of apart) alone.push(...(await write({ [name]: join(source, `${name}.ts`) })));
// Browsers get these entries instead of the Node ones, so shared code is in both bundles.
const inBrowsers = [];
for (const [name, path] of Object.entries(browserEntries(json))) {
  inBrowsers.push(...(await write({ [name]: join(folder, path) })));
}
const output = [...whole, ...alone, ...inBrowsers];

const kept = prebuilt.map((path) => `${path}.js`);
const written = new Set([...output.map(({ fileName }) => fileName), ...kept]);
if (json.name === "@bpf-token/kernel-wasm") written.add(await writeLinked(folder));
if (json.name === "bpf-token") {
  written.add(await writeQuick(folder));
  for (const file of await writeProgram(folder)) written.add(file);
  for (const file of await writeVendored(folder)) written.add(file);
}
for (const file of readdirSync(dist, { recursive: true })) {
  if (/\.c?js(\.map)?$/.test(file) && !written.has(file)) rmSync(join(dist, file));
}
const moved = output.flatMap(({ fileName, moduleIds }) => {
  const ours = moduleIds.filter((id) => inSource(id) !== undefined);
  const modules = ours.map((id) => ({ path: inSource(id), text: readFileSync(id, "utf8") }));
  return wrongDepth(fileName, modules);
});
const shared = alone.filter(({ moduleIds }) => moduleIds.length > 1);
const wrong = [
  ...moved,
  ...shared.map(
    ({ fileName }) => `dist/${fileName} is a shared chunk, so its modules would exist twice`,
  ),
];
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exitCode = 1;
