// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  browserEntries,
  chunkName,
  entries,
  groups,
  namespaces,
  wrongDepth,
} from "../lib/layout.mjs";

test("the exported JavaScript files and the program are entries", () => {
  const exports = {
    ".": { "@bpf-token/source": "./src/index.ts", default: "./dist/index.js" },
    "./diff": { "@bpf-token/source": "./src/diff/index.ts", default: "./dist/diff/index.js" },
    "./kernel.wasm": "./dist/kernel.wasm",
    "./package.json": "./package.json",
  };
  expect(entries({ exports })).toEqual({
    index: "./src/index.ts",
    "diff/index": "./src/diff/index.ts",
  });
  expect(entries({ bin: { "bpf-token": "bin/bpf-token.js" } })).toEqual({
    "cli/main": "src/cli/main.ts",
  });
});

test("an entry may have another file for browsers", () => {
  const node = { "@bpf-token/source": "./src/index.ts", default: "./dist/index.js" };
  const browser = { "@bpf-token/source": "./src/browser.ts", default: "./dist/browser.js" };
  const exports = { ".": { browser, ...node }, "./other": node };
  expect(browserEntries({ exports })).toEqual({ browser: "./src/browser.ts" });
  expect(entries({ exports })).toEqual({ index: "./src/index.ts" });
  expect(browserEntries({})).toEqual({});
});

test("a module imported on demand keeps its path, a shared chunk gets its own name", () => {
  expect(chunkName("cli/demo.ts")).toBe("cli/demo.js");
  expect(chunkName(undefined)).toBe("shared-[name].js");
});

test("a module exported as a namespace is a file of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bundle-"));
  mkdirSync(join(folder, "deep"));
  writeFileSync(join(folder, "index.ts"), 'export * from "./one.js";\n');
  writeFileSync(join(folder, "one.ts"), 'export * as raw from "./deep/raw.js";\n');
  writeFileSync(join(folder, "deep", "two.ts"), 'export * as more from "./more.js";\n');
  expect(namespaces(folder).sort()).toEqual(["deep/more", "deep/raw"]);
  rmSync(folder, { recursive: true });
});

test("modules that a program needs at the same time are one file, and exist", () => {
  for (const name of ["bpf-token", "@bpf-token/kernel-native"]) {
    const source = join(
      import.meta.dirname,
      `../../../../packages/${name.replace(/.*\//, "")}/src`,
    );
    const files = readdirSync(source, { recursive: true }).map((file) =>
      join(source, String(file)),
    );
    for (const { test: isOf } of groups(name, source))
      expect(files.filter(isOf).length).toBeGreaterThan(1);
  }
  expect(groups("@bpf-token/uapi", "/none")).toEqual([]);
});

test("a module that uses import.meta.url must stay at its depth", () => {
  const asks = { path: "cli/demo.ts", text: 'new URL("../../scenario.yaml", import.meta.url)' };
  expect(wrongDepth("cli/demo.js", [asks])).toEqual([]);
  expect(wrongDepth("shared-demo.js", [asks])).toEqual([
    "cli/demo.ts uses import.meta.url, so it cannot move to dist/shared-demo.js",
  ]);
  expect(wrongDepth("shared-demo.js", [{ ...asks, text: "export {};" }])).toEqual([]);
});
