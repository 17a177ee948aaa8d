// SPDX-License-Identifier: MIT
// bundle.mjs PACKAGE: writes the JavaScript of a package, one file for each of its entries and a few
// that those share. Node reads files one by one, and that was most of what an import cost.
// Types are tsc's, file by file.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { rolldown } from "rolldown";
import { ascii } from "./lib/ascii.mjs";
import { browserEntries, chunkName, entries, namespaces, wrongDepth } from "./lib/layout.mjs";

const folder = resolve(process.argv[2] ?? "");
if (!existsSync(join(folder, "package.json"))) {
  console.error("usage: bundle.mjs PACKAGE, a folder with a package.json");
  process.exit(2);
}
const json = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const source = join(folder, "src");
const dist = join(folder, "dist");
/** From the folder of the sources, or undefined for what lies elsewhere. */
const inSource = (id) =>
  id?.startsWith(source) ? relative(source, id).replaceAll(sep, "/") : undefined;

const isOther = (id) => !id.startsWith(".") && !isAbsolute(id);
const apart = namespaces(source);

/** Behind all that writes code: what is escaped before is written as it was. */
function generateBundle(_, bundle) {
  for (const chunk of Object.values(bundle)) chunk.code = ascii(chunk.code);
}

/** Writes some of the package's modules, by name, with all that only they import. */
async function write(input, resolveId) {
  const bundle = await rolldown({
    input,
    // Other packages, and what Node has.
    external: isOther,
    plugins: [{ name: "apart", resolveId, generateBundle }],
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    transform: { target: "es2022" },
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: (chunk) => chunkName(inSource(chunk.facadeModuleId)),
    banner: `// SPDX-License-Identifier: ${json.license}`,
    // What is said for people stands in the types and in the sources.
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
    return apart.includes(path) ? { id: `./${path}.js`, external: true } : undefined;
  },
);
const alone = [];
for (const name of apart) alone.push(...(await write({ [name]: join(source, `${name}.ts`) })));
// A page has these in place of the entries for Node: what both need, each has for itself.
const inBrowsers = [];
for (const [name, path] of Object.entries(browserEntries(json))) {
  inBrowsers.push(...(await write({ [name]: join(folder, path) })));
}
const output = [...whole, ...alone, ...inBrowsers];

const written = new Set(output.map(({ fileName }) => fileName));
for (const file of readdirSync(dist, { recursive: true })) {
  if (/\.js(\.map)?$/.test(file) && !written.has(file)) rmSync(join(dist, file));
}
const moved = output.flatMap(({ fileName, moduleIds }) => {
  const ours = moduleIds.filter((id) => inSource(id) !== undefined);
  const modules = ours.map((id) => ({ path: inSource(id), text: readFileSync(id, "utf8") }));
  return wrongDepth(fileName, modules);
});
const shared = alone.filter(({ moduleIds }) => moduleIds.length > 1);
const wrong = [
  ...moved,
  ...shared.map(({ fileName }) => `dist/${fileName} is apart, and would have others twice`),
];
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exitCode = 1;
