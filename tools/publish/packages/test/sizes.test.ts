// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { agrees, sizeLine, sizeTable } from "../lib/size-text.mjs";

const anywhere = {
  name: "@bpf-token/a",
  packed: 152_400,
  unpacked: 940_000,
  bundle: { plain: 8_140, gzip: 2_950 },
};

test("a package for pages has a bundle size, one for Node has none", () => {
  expect(
    sizeTable([anywhere, { ...anywhere, bundle: undefined }])
      .split("\n")
      .slice(2),
  ).toEqual([
    "| `@bpf-token/a` | 152 | 940 | 8.1, 3.0 |",
    "| `@bpf-token/a` | 152 | 940 | Node only |",
  ]);
  expect(sizeLine(anywhere)).toContain("bundled for a browser 3.0 kB");
  expect(sizeLine({ ...anywhere, bundle: undefined })).not.toContain("bundled");
});

test("sizes may differ by 5 %", () => {
  const documented = sizeLine(anywhere);
  expect(agrees(documented, sizeLine({ ...anywhere, packed: 159_000 }))).toBe(true);
  expect(agrees(documented, sizeLine({ ...anywhere, packed: 162_000 }))).toBe(false);
  expect(agrees(documented, sizeLine({ ...anywhere, packed: 140_000 }))).toBe(false);
});

test("an added or removed package is a difference", () => {
  const table = sizeTable([anywhere]);
  expect(agrees(table, sizeTable([anywhere, anywhere]))).toBe(false);
  expect(agrees(table, sizeTable([{ ...anywhere, name: "@bpf-token/b" }]))).toBe(false);
});
