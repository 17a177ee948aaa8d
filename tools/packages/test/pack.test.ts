// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { entriesOf, publicPackages } from "../lib/manifests.mjs";
import { complaints } from "../lib/pack.mjs";

const whole = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];

function tarball(...paths: string[]): { name: string; files: { path: string }[] } {
  return { name: "p", files: paths.map((path) => ({ path })) };
}

test("every package stands after what it depends on, and private ones are left out", () => {
  const packages = publicPackages() as { json: { name: string; dependencies?: object } }[];
  const names = packages.map(({ json }) => json.name);
  expect(names).toContain("@bpf-token/kernel-wasm");
  expect(names).not.toContain("@bpf-token/conformance");
  expect(names[0]).toBe("@bpf-token/uapi");
  packages.forEach(({ json }, at) => {
    const below = Object.keys(json.dependencies ?? {}).filter((name) => names.includes(name));
    expect(
      below.filter((name) => names.indexOf(name) > at),
      json.name,
    ).toEqual([]);
  });
});

test("entries are modules, and a schema or a manifest is none", () => {
  const exports = { ".": { default: "a.js" }, "./b": { default: "b.js" }, "./c.json": "./c.json" };
  expect(entriesOf({ name: "p", exports })).toEqual(["p", "p/b"]);
});

test("a whole tarball is fine", () => {
  expect(complaints(tarball(...whole, "src/index.ts"))).toEqual([]);
});

test("what is missing and what does not belong into a tarball is named", () => {
  const wrong = tarball(...whole.slice(0, -1), "test/a.test.ts", "dist/tsconfig.tsbuildinfo");
  expect(complaints(wrong)).toEqual([
    "p: dist/index.d.ts is missing",
    "p: test/a.test.ts does not belong there",
    "p: dist/tsconfig.tsbuildinfo does not belong there",
  ]);
});
