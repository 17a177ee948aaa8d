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
const texts = new Map(
  built.output.map((file) => [
    file.fileName,
    String(file.type === "chunk" ? file.code : file.source),
  ]),
);
const sizeOf = (name: string): number => gzipSync(texts.get(name) ?? "").length;

/** The files that a file imports when it is loaded, and their imports. */
function withImports(name: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, path] of (texts.get(name) ?? "").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
    withImports(`assets/${path}`, found);
  }
  return found;
}

const first = new Set(
  [...texts.keys()]
    .filter((name) => /^index\.html$|\/(index|worker)-/.test(name))
    .flatMap((name) => [...withImports(name)]),
);

test("the first view fits its budget, with the kernel", () => {
  expect(first.size).toBeGreaterThanOrEqual(4);
  expect([...first].every((name) => texts.has(name))).toBe(true);
  expect([...first].reduce((sum, name) => sum + sizeOf(name), 0)).toBeLessThan(FIRST_VIEW);
});

test("each further file fits its budget", () => {
  // The headers and objects for the compiler are a part of the compiler.
  const further = [...texts.keys()].filter((name) => !first.has(name) && !/\/sdk-/.test(name));
  expect(further.length).toBeGreaterThan(5);
  for (const name of further) expect(sizeOf(name), name).toBeLessThan(FURTHER_FILE);
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
