// SPDX-License-Identifier: MIT
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

/** What the first view may load, and what each further file may, in bytes with gzip. */
const FIRST_VIEW = 300_000;
const FURTHER_FILE = 120_000;

const root = new URL("..", import.meta.url).pathname;
const built = (await build({
  root,
  logLevel: "error",
  build: { write: false },
  // Sources of sibling packages are read directly: the test needs no build.
  resolve: { conditions: ["@bpf-token/source", "module", "browser", "development|production"] },
})) as Rolldown.RolldownOutput;
const sizes = new Map(
  built.output.map((file) => [
    file.fileName,
    gzipSync(file.type === "chunk" ? file.code : file.source).length,
  ]),
);

test("the first view fits its budget, with the kernel", () => {
  const first = [...sizes].filter(([name]) => /^index\.html$|\/(index|worker)-/.test(name));
  expect(first.length).toBeGreaterThanOrEqual(4);
  expect(first.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(FIRST_VIEW);
});

test("each further file fits its budget", () => {
  const further = [...sizes].filter(([name]) => !/^index\.html$|\/(index|worker)-/.test(name));
  expect(further.length).toBeGreaterThan(0);
  for (const [name, size] of further) expect(size, name).toBeLessThan(FURTHER_FILE);
});

test("the page has no inline script or style, and a strict policy", () => {
  const page = built.output.find(({ fileName }) => fileName === "index.html");
  const html = page?.type === "asset" ? String(page.source) : "";
  expect(html).toMatch(/script-src 'self' 'wasm-unsafe-eval'/);
  expect(html).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|<style| style=/);
  expect(html).not.toMatch(/<script(?![^>]*\ssrc="\.\/)/);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect(address).toMatch(/^(\.\/|data:,$)/);
  }
});
