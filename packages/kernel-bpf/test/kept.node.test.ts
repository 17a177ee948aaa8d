// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BpfModuleError } from "../src/index.ts";
import {
  BpfKernelMissingError,
  bpfKernelFolder,
  bpfKernelReleases,
  readBpfKernel,
} from "../src/node/index.ts";

function folder(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "bpf-kernels-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  if (Object.keys(files).length > 0) mkdirSync(join(path, "6.12"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, "6.12", name), text);
  return path;
}

test("the folder is in the user's cache, unless a variable names one", () => {
  expect(bpfKernelFolder({ BPF_TOKEN_BPF_KERNELS: "/srv/kernels" })).toBe("/srv/kernels");
  expect(bpfKernelFolder({ XDG_CACHE_HOME: "/c" })).toBe("/c/bpf-token/bpf-kernels");
});

test.each(["6.12", "../6.12", ""])("a release that was not built: '%s'", (release) => {
  expect(() => readBpfKernel(release, folder())).toThrow(BpfKernelMissingError);
  expect(() => readBpfKernel(release, folder())).toThrow(`npm run kernel-bpf -- build ${release}`);
  expect(bpfKernelReleases(folder())).toEqual([]);
  expect(bpfKernelReleases(join(folder(), "missing"))).toEqual([]);
});

test.each([
  ["text that is no JSON", { "kernel.json": "{" }],
  ["a missing module", { "kernel.json": "{}" }],
  ["a changed module", { "kernel.json": '{"sha256":"0"}', "kernel.wasm": "x" }],
])("a damaged folder: %s", (_, files: Record<string, string>) => {
  const at = folder(files);
  expect(bpfKernelReleases(at)).toEqual(["6.12"]);
  expect(() => readBpfKernel("6.12", at)).toThrow(BpfModuleError);
  expect(() => readBpfKernel("6.12", at)).toThrow("6.12 is damaged: ");
});
