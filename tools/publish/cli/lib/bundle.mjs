// SPDX-License-Identifier: MIT
// Bundles the built program and all that it imports into files that need no other package. The package, the
// executable and all that is made from them have these files.
import { readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { ascii } from "../../../build/bundle/lib/ascii.mjs";
import { vendored } from "../../../build/bundle/lib/vendored.mjs";

const inside = fileURLToPath(new URL("../inside/", import.meta.url));

/** The compiler of npm has 100 MB; without it the program asks for that of the system. */
const outside = (id) => id.startsWith("node:") || id === "@yowasp/clang";

/** The packages under GPL-2.0-only stay in files of their own. Only `upstream` and `fuzz` need the SDK. */
const copyleft = {
  "kernel-wasm-sdk": /kernel-wasm.dist.sdk\.js$/,
  "kernel-wasm": /packages.kernel-wasm./,
  "kernel-bpf": /packages.kernel-bpf./,
};
export const copyleftFiles = Object.keys(copyleft).map((name) => `${name}.js`);
const groups = Object.entries({ ...copyleft, "own-files": /publish.cli.inside/ }).map(
  ([name, test]) => ({ name, test }),
);

/**
 * What the bundle changes in the program, by the end of a path: own-files.mjs finds the program's own files,
 * because they are in other places than in the packages.
 */
const changes = [
  [
    "bpf-token/dist/cli/main.js",
    'JSON.parse(await readFile(url, "utf8")).version',
    "ownFiles.version",
  ],
  ["bpf-token/dist/shared-worker.js", "threadModule(from))", "ownFiles.threadModule())"],
  [
    "kernel-native/dist/shared-program.js",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of the program
    "fileURLToPath(new URL(`../prebuilds/${name}`, here))",
    "ownFiles.prebuilt(name)",
  ],
];

/** Modules that contain packages of others already: their sources, so that those packages are listed. */
function resolveId(id, importer) {
  const path = importer === undefined ? "" : join(dirname(importer), id);
  const [, name] = /packages[\\/]bpf-token[\\/]dist[\\/](.*)\.js$/.exec(path) ?? [];
  if (!vendored.includes(name?.replaceAll(sep, "/"))) return undefined;
  return path.replace(/dist([\\/].*)\.js$/, "src$1.ts");
}

/**
 * A module of Node in `import()` would need Node's loader of ES modules, which the executable lacks and which
 * takes milliseconds.
 */
const requireOfNode = (code) =>
  code.replace(/\bimport\(("node:[^"]+")\)/g, "Promise.resolve(require($1))");

/**
 * Writes the files of the program.
 *
 * @param root - the repository, with built packages.
 * @param folder - where they go; its parent is the folder of the package.
 * @param version - of the program.
 * @returns the folders of the packages that are inside, without those of this repository.
 */
export async function bundleProgram(root, folder, version) {
  const program = join(root, "packages/bpf-token/dist/cli");
  const done = new Set();
  const transform = (code, id) => {
    let text = requireOfNode(code);
    for (const change of changes) {
      const [path, old, replacement] = change;
      if (!id.endsWith(path) || !text.includes(old)) continue;
      done.add(change);
      const from = JSON.stringify(join(inside, "own-files.mjs"));
      text = `import * as ownFiles from ${from};\n${text.replace(old, () => replacement)}`;
    }
    return text === code ? null : text;
  };
  const bundle = await rolldown({
    input: {
      "cli/main": join(program, "main.js"),
      "cli/commands/verify/thread": join(program, "commands/verify/thread.js"),
    },
    cwd: join(root, "packages/bpf-token"),
    external: outside,
    preserveEntrySignatures: "allow-extension",
    platform: "node",
    plugins: [
      { name: "sources", resolveId },
      { name: "changes", transform },
    ],
    transform: { target: "es2022", define: { VERSION: JSON.stringify(version) } },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: "cjs",
    minify: { compress: true, mangle: true, codegen: true },
    // The modules under GPL-2.0-only must not draw those that they import into their files.
    codeSplitting: { groups, includeDependenciesRecursively: false },
    entryFileNames: "[name].js",
    // own-files.mjs finds the native programs from here: ../prebuilds.
    chunkFileNames: "[name].js",
    comments: { annotation: true, jsdoc: false, legal: true },
    plugins: [{ name: "ascii", generateBundle }],
  });
  await bundle.close();
  const missed = changes.filter((change) => !done.has(change));
  if (missed.length > 0) throw new Error(`not found in the build: ${missed.map(([path]) => path)}`);
  return foreignPackages(output.flatMap(({ moduleIds = [] }) => moduleIds));
}

function generateBundle(_, bundle) {
  // Here, because the minifier removes comments.
  for (const chunk of Object.values(bundle))
    chunk.code = `// SPDX-License-Identifier: ${licenceOf(chunk.fileName)}\n${ascii(chunk.code)}`;
}

const licenceOf = (file) => (copyleftFiles.includes(file) ? "GPL-2.0-only" : "MIT");

/** The packages of other people that modules belong to, with their licences. */
function foreignPackages(modules) {
  const folders = modules.flatMap((id) => {
    const [, folder] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    return { folder, name, version, license };
  });
}
