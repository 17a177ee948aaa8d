// SPDX-License-Identifier: MIT
// Modules that are built with the packages of other people inside, so that an installation needs none of them.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { ascii } from "./ascii.mjs";

/** Paths below the source folder of bpf-token, without extension. */
export const vendored = ["cli/mcp/sdk"];

/**
 * Writes these modules, and next to each the licences of what is inside.
 *
 * @returns the JavaScript files that it wrote, relative to `dist`.
 */
export async function writeVendored(folder) {
  for (const path of vendored) {
    const bundle = await rolldown({
      input: join(folder, "src", `${path}.ts`),
      external: /^node:/,
      platform: "node",
      transform: { target: "es2022" },
    });
    const { output } = await bundle.write({
      file: join(folder, "dist", `${path}.js`),
      format: "esm",
      minify: true,
      codeSplitting: false,
      comments: { annotation: true, jsdoc: false, legal: true },
      plugins: [{ name: "ascii", generateBundle }],
    });
    await bundle.close();
    const modules = output.flatMap(({ moduleIds = [] }) => moduleIds);
    writeFileSync(join(folder, "dist", `${path}.licences.txt`), licencesOf(modules));
  }
  return vendored.map((path) => `${path}.js`);
}

function generateBundle(_, output) {
  for (const chunk of Object.values(output)) {
    chunk.code = `// SPDX-License-Identifier: MIT AND Apache-2.0\n// With ${basename(chunk.fileName, ".js")}.licences.txt\n${ascii(chunk.code)}`;
  }
}

/** The licence of each package to which modules belong. */
function licencesOf(modules) {
  const folders = modules.flatMap((id) => {
    const [, found] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id) ?? [];
    return found === undefined ? [] : [found];
  });
  const parts = [...new Set(folders)].sort().map((one) => {
    const { name, version, license } = JSON.parse(readFileSync(join(one, "package.json"), "utf8"));
    return `${name} ${version}, ${license}\n\n${readFileSync(join(one, "LICENSE"), "utf8")}`;
  });
  return parts.join("\n\n");
}
