// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { entriesOf, publicPackages } from "../../../lib/manifests.mjs";
import { comesWith, complaints, pack } from "../lib/pack.mjs";

const whole = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];

function tarball(...paths: string[]): { name: string; files: { path: string }[] } {
  return { name: "p", files: paths.map((path) => ({ path })) };
}

test("every package comes after its dependencies, without private ones", () => {
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

test("entries are modules, but not schemas or manifests", () => {
  const exports = { ".": { default: "a.js" }, "./b": { default: "b.js" }, "./c.json": "./c.json" };
  expect(entriesOf({ name: "p", exports })).toEqual(["p", "p/b"]);
});

test("a complete tarball has no errors", () => {
  expect(complaints(tarball(...whole, "dist/b/index.js"))).toEqual([]);
});

test("names missing and superfluous files of a tarball", () => {
  const wrong = tarball(
    ...whole.slice(0, -1),
    "test/a.test.ts",
    "dist/tsconfig.tsbuildinfo",
    "dist/index.js.map",
    "src/index.ts",
  );
  expect(complaints(wrong)).toEqual([
    "p: dist/index.d.ts is missing",
    "p: test/a.test.ts does not belong in the package",
    "p: dist/tsconfig.tsbuildinfo does not belong in the package",
    "p: dist/index.js.map does not belong in the package",
    "p: src/index.ts does not belong in the package",
  ]);
});

test("finds direct and indirect dependencies", () => {
  const app = mkdtempSync(join(tmpdir(), "bpf-token-comes-"));
  onTestFinished(() => rmSync(app, { recursive: true }));
  const put = (name: string, ...dependencies: string[]): void => {
    mkdirSync(join(app, "node_modules", name), { recursive: true });
    const named = Object.fromEntries(dependencies.map((each) => [each, "1.0.0"]));
    const manifest = JSON.stringify({ name, dependencies: named });
    writeFileSync(join(app, "node_modules", name, "package.json"), manifest);
  };
  put("a", "@s/b", "c");
  put("@s/b", "c");
  put("c");
  put("not-needed", "c");
  expect([...comesWith(app, "a")]).toEqual(["a", "@s/b", "c"]);
});

test("writes tarballs to the given folder, which may be new", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-tarballs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const uapi = publicPackages().slice(0, 1);
  const [tarball] = pack(join(folder, "a", "b"), uapi) as { name: string; path: string }[];
  expect(tarball?.name).toBe("@bpf-token/uapi");
  expect(tarball?.path).toMatch(/[/\\]a[/\\]b[/\\]bpf-token-uapi-.*\.tgz$/);
  expect(existsSync(tarball?.path ?? "")).toBe(true);
});
