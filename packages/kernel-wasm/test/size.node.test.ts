// SPDX-License-Identifier: GPL-2.0-only
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { kernelModule } from "../src/generated/kernel-module.ts";
import { createKernel } from "../src/index.ts";

/**
 * Bytes that may not be exceeded: docs/decisions/0001-size-of-the-module.md. These bounds are what
 * it was brought down to, with what real kernels were seen to do since, and come down with it.
 */
const most = { module: 110_000, gzip: 53_500, image: 256 * 1024 };

test("the module stays small", () => {
  const bytes = Buffer.from(kernelModule.base64, "base64");
  expect(bytes.length).toBe(kernelModule.size);
  expect(bytes.length).toBeLessThanOrEqual(most.module);
  expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(most.gzip);
});

test("so does the memory of a kernel that has just booted", () => {
  using kernel = createKernel();
  const { size } = kernel.snapshot();
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(most.image);
});
