// SPDX-License-Identifier: MIT
// The files of the package bpf-token-cli: the whole program without dependencies.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleProgram } from "./bundle.mjs";

export const NAME = "bpf-token-cli";

/** The program on top of what bundles find; the files of the quick start are not needed. */
const bin = `#!/usr/bin/env node
// SPDX-License-Identifier: MIT
try {
  require("../dist/cli/main.js");
} catch (error) {
  // The system has no more file descriptors or memory, or the installation lacks a file.
  if (typeof error.code !== "string") throw error;
  console.error(\`bpf-token: the program cannot be loaded: \${error.code}\`);
  process.exitCode = 3;
}
`;

const readme = `# bpf-token-cli

The program \`bpf-token\` in one package without dependencies, with its native programs for x86-64 and
arm64. It needs Node 20.19 or newer, and no compiler:

\`\`\`sh
npx ./bpf-token-cli-VERSION.tgz doctor
npm install --global ./bpf-token-cli-VERSION.tgz && bpf-token --help
\`\`\`

\`upstream build\` and \`fuzz\` of upstream source need clang and wasm-ld, or the package \`@yowasp/clang\`.

## Licences

MIT, but the model of the kernel, which is under GPL-2.0-only: dist/kernel-wasm.js,
dist/kernel-wasm-sdk.js and dist/kernel-bpf.js. Their source is the folders core-c, packages/kernel-wasm
and packages/kernel-bpf of the repository of this version. LICENSES has both texts, and third-party.txt
the licences of other people's packages that are inside.
`;

/** The licence file of a package. */
function licenceText(folder) {
  const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (name === undefined) throw new Error(`${folder} has no licence file`);
  return readFileSync(join(folder, name), "utf8").trim();
}

const thirdParty = (packages) =>
  packages
    .map((one) => `${one.name} ${one.version} (${one.license})\n\n${licenceText(one.folder)}\n`)
    .join(`\n${"-".repeat(78)}\n\n`);

/**
 * Writes the package.
 *
 * @param root - the repository; its packages and native programs are built.
 * @param folder - is emptied before.
 * @returns the packages of other people that are inside.
 */
export async function writeCli(root, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  const own = JSON.parse(readFileSync(join(root, "packages/bpf-token/package.json"), "utf8"));
  const { version, keywords, engines, repository, homepage, bugs } = own;
  const packages = await bundleProgram(root, join(folder, "dist"), version);
  const manifest = {
    ...{ name: NAME, version },
    description:
      "The program bpf-token in one package: why a BPF call was refused, and what fixes it.",
    ...{ license: "MIT AND GPL-2.0-only", keywords, type: "commonjs", engines },
    bin: { "bpf-token": "bin/bpf-token.js", [NAME]: "bin/bpf-token.js" },
    exports: { "./package.json": "./package.json" },
    os: ["linux"],
    // Only a package that is published has them.
    ...{ repository, homepage, bugs },
  };
  const write = (path, text) => writeFileSync(join(folder, path), text);
  write("package.json", `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(join(folder, "bin/bpf-token.js"), bin, { mode: 0o755 });
  write("README.md", readme.replaceAll("VERSION", version));
  write("third-party.txt", thirdParty(packages));
  cpSync(join(root, "LICENSES"), join(folder, "LICENSES"), { recursive: true });
  const prebuilds = join(root, "packages/kernel-native/prebuilds");
  cpSync(prebuilds, join(folder, "prebuilds"), { recursive: true });
  return packages;
}
