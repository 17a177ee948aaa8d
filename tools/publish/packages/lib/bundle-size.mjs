// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/**
 * Bytes that a page loads for all exports of a package, minified: `plain`, and `gzip`. Dynamic
 * imports do not count.
 */
export async function bundleSize(app, name) {
  const entry = join(app, "whole.js");
  writeFileSync(entry, `export * from "${name}";\n`);
  const { output } = await build({
    root: app,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: "strict" },
    },
  });
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const first = output.find((chunk) => chunk.isEntry);
  const loaded = new Set([first.fileName]);
  for (const file of loaded) for (const next of chunks.get(file).imports ?? []) loaded.add(next);
  const codes = [...loaded].map((file) => chunks.get(file).code);
  const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
  return {
    plain: sum(codes.map((code) => Buffer.byteLength(code))),
    gzip: sum(codes.map((code) => gzipSync(code, { level: 9 }).length)),
  };
}
