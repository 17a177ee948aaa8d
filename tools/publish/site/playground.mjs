#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { PICTURE } from "./lib/addresses.mjs";
import { compilerFolders, extrasPlugin, kernelFolders } from "./lib/extras.mjs";

const HELP = `usage: npm run playground -- [options]

Builds the playground and serves it on 127.0.0.1 until you press Ctrl+C. Prints the address and opens
nothing. The view "Verifier" has the kernels that 'npm run kernel-bpf -- build' wrote. The view
"token.c" has the compiler @yowasp/clang.

Options:
  --port N   the port; default 4173, or the next free one
  --picture  serve nothing; write docs/playground.svg, the picture of README.md
  --screenshots FOLDER
             serve nothing; write a screenshot of every view in both themes and at three widths, with
             Chromium, and index.html, which shows all of them

Exit codes: 1 the build failed, or a view shows an error; 2 usage.`;

const DEFAULT_PORT = "4173";

async function main({ port, picture, screenshots }) {
  if (!buildQuietly()) return 1;
  if (picture) {
    const { drawPicture, loadParts } = await import("./lib/picture.mjs");
    writeFileSync(root + PICTURE, drawPicture(await loadParts()));
    console.log(`wrote ${PICTURE}`);
    return 0;
  }
  // Loaded after the options are read: --help needs no Vite.
  const { preview } = await import("vite");
  const extras = [...(await kernelFolders()), ...compilerFolders()];
  const server = await preview({
    root: `${root}packages/playground`,
    plugins: [extrasPlugin(extras, `${root}packages/playground/dist/index.html`)],
    preview: { host: "127.0.0.1", port },
  });
  if (screenshots !== undefined) {
    const { takeScreenshots } = await import("./lib/screenshots.mjs");
    try {
      const names = await takeScreenshots(server.resolvedUrls.local[0], resolve(screenshots));
      console.log(`wrote ${names.length} screenshots to ${screenshots}`);
    } finally {
      await server.close();
    }
    return 0;
  }
  server.printUrls();
  return 0;
}

const options = {
  port: { type: "string", default: DEFAULT_PORT },
  picture: flag,
  screenshots: { type: "string" },
};
process.exitCode = await main(
  readOptions(HELP, { options }, ({ values }) => ({
    ...values,
    port: wholeNumber("port", values.port),
  })),
);
