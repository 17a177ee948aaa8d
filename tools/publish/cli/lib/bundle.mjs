// SPDX-License-Identifier: MIT
// Bundles the built program and all that it imports into files that need no other package.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { ascii } from "../../../build/bundle/lib/ascii.mjs";

/** The compiler of npm has 100 MB; without it the program asks for that of the system. */
const outside = (id) => id.startsWith("node:") || id === "@yowasp/clang";

/** The packages under GPL-2.0-only stay in files of their own. Only `upstream` and `fuzz` need the SDK. */
const copyleft = {
  "kernel-wasm-sdk": /kernel-wasm.dist.sdk\.js$/,
  "kernel-wasm": /packages.kernel-wasm./,
  "kernel-bpf": /packages.kernel-bpf./,
};
const groups = Object.entries(copyleft).map(([name, test]) => ({ name, test }));

/**
 * What the bundle changes in the program, by the end of a path: it finds its own files by the name of its
 * package.
 */
const changes = [
  ["bpf-token/dist/shared-worker.js", '"bpf-token/package.json"', '"bpf-token-cli/package.json"'],
];

/**
 * Writes the files of the program.
 *
 * @param root - the repository, with built packages.
 * @param folder - where they go; its parent is the folder of the package.
 * @returns the folders of the packages that are inside, without those of this repository.
 */
export async function bundleProgram(root, folder) {
  const program = join(root, "packages/bpf-token/dist/cli");
  const done = new Set();
  const transform = (code, id) => {
    const change = changes.find(([path, old]) => id.endsWith(path) && code.includes(old));
    if (change === undefined) return null;
    done.add(change);
    return code.replaceAll(change[1], change[2]);
  };
  const bundle = await rolldown({
    input: {
      "cli/main": join(program, "main.js"),
      "cli/commands/verify/thread": join(program, "commands/verify/thread.js"),
    },
    cwd: join(root, "packages/bpf-token"),
    external: outside,
    platform: "node",
    plugins: [{ name: "changes", transform }],
    transform: { target: "es2022" },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: "esm",
    minify: { compress: true, mangle: true, codegen: true },
    codeSplitting: { groups },
    entryFileNames: "[name].js",
    // The native programs are found from here: ../prebuilds.
    chunkFileNames: "[name].js",
    banner: ({ fileName }) => `// SPDX-License-Identifier: ${licenceOf(fileName)}`,
    comments: { annotation: true, jsdoc: false, legal: true },
    plugins: [{ name: "ascii", generateBundle }],
  });
  await bundle.close();
  const missed = changes.filter((change) => !done.has(change));
  if (missed.length > 0) throw new Error(`not found in the build: ${missed.map(([path]) => path)}`);
  return foreignPackages(output.flatMap(({ moduleIds = [] }) => moduleIds));
}

function generateBundle(_, bundle) {
  for (const chunk of Object.values(bundle)) chunk.code = ascii(chunk.code);
}

const licenceOf = (file) =>
  Object.keys(copyleft).some((name) => file === `${name}.js`) ? "GPL-2.0-only" : "MIT";

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
