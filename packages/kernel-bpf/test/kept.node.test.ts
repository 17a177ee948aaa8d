// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BpfModuleError } from "../src/index.ts";
import {
  BpfKernelMissingError,
  bpfKernelFolder,
  bpfKernelFolders,
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

test("the program's node_modules and the system's folders are searched after the cache", () => {
  const modules = join(folder(), "node_modules");
  const program = join(modules, "bpf-token-cli/bin/bpf-token.js");
  mkdirSync(join(program, ".."), { recursive: true });
  writeFileSync(program, "");
  const system = ["/usr/lib/bpf-token/bpf-kernels", "/usr/share/bpf-token/bpf-kernels"];
  const cache = { XDG_CACHE_HOME: "/c" };
  const own = "/c/bpf-token/bpf-kernels";
  expect(bpfKernelFolders(cache, program)).toEqual([own, modules, ...system]);
  const clone = join(folder(), "bpf-token.js");
  writeFileSync(clone, "");
  for (const other of [clone, "/missing/node_modules/a/bin/b.js", undefined])
    expect(bpfKernelFolders(cache, other ?? "")).toEqual([own, ...system]);
  expect(bpfKernelFolders({ BPF_TOKEN_BPF_KERNELS: "/srv" }, program)).toEqual(["/srv"]);
});

test("a module of a package is found, and the first folder that has a release answers", () => {
  const modules = join(folder(), "node_modules");
  for (const name of ["bpf-token-kernel-bpf-7.3", "bpf-token-kernel-bpf-6.12", "other-9.9"]) {
    mkdirSync(join(modules, name), { recursive: true });
    writeFileSync(join(modules, name, "kernel.json"), "{}");
  }
  const cache = folder({ "kernel.json": "{}" });
  expect(bpfKernelReleases([cache, modules])).toEqual(["6.12", "7.3"]);
  expect(() => readBpfKernel("7.3", [cache, modules])).toThrow(
    `${modules}/bpf-token-kernel-bpf-7.3`,
  );
  expect(() => readBpfKernel("6.12", [cache, modules])).toThrow(`${cache}/6.12 is damaged`);
  expect(() => readBpfKernel("9.9", [cache, modules])).toThrow(BpfKernelMissingError);
});

test("the error names what to install without a clone", () => {
  const read = () => readBpfKernel("7.3", folder());
  expect(read).toThrow(
    "pack bpf-token-kernel-bpf-7.3 in one (npm run release -- --kernel-bpf 7.3)",
  );
  expect(read).toThrow("npm install --global FOLDER");
  expect(read).toThrow("copy FOLDER to /usr/share/bpf-token/bpf-kernels/7.3");
});
