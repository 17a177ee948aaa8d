// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { BpfKernelError } from "../lib/errors.mjs";
import { findArchive, findConfig, unpack } from "../lib/source.mjs";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "kernel-bpf-source-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const tar = (args: readonly string[], cwd: string) => spawnSync("tar", args, { cwd });

/** Packs a small tree, with more files, as `source` of a work folder. */
function workWith(context: TestContext, makefile: string, add: (tree: string) => void): string {
  if (spawnSync("tar", ["--version"]).error !== undefined)
    return context.skip("kernel-bpf: no tar on this machine");
  const work = folder();
  const tree = join(work, "pack/linux-source-6.12");
  mkdirSync(join(tree, "kernel/bpf"), { recursive: true });
  mkdirSync(join(tree, "drivers"));
  for (const part of ["include", "fs", "net", "lib", "mm", "security", "tools/lib/bpf"])
    mkdirSync(join(tree, part), { recursive: true });
  writeFileSync(join(tree, "Makefile"), makefile);
  writeFileSync(join(tree, "kernel/bpf/token.c"), "int token;\n");
  writeFileSync(join(tree, "drivers/other.c"), "int other;\n");
  add(tree);
  expect(tar(["-cf", "source.tar", "-C", "pack", "linux-source-6.12"], work).status).toBe(0);
  copyFileSync(join(work, "source.tar"), join(work, "source"));
  mkdirSync(join(work, "linux"));
  return work;
}

const makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 118\n";
const runIn =
  (work: string) =>
  async (program: string, args: readonly string[]): Promise<void> => {
    const { status, stderr } = spawnSync(program, args, { cwd: work, encoding: "utf8" });
    if (status !== 0) throw new BpfKernelError(stderr);
  };

test("unpacks only the parts that the build needs", async (context) => {
  const work = workWith(context, makefile, () => {});
  const { version, sha256 } = await unpack(runIn(work), "x.tar", work, "6.12");
  expect(version).toEqual([6, 12, 118]);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(existsSync(join(work, "linux/kernel/bpf/token.c"))).toBe(true);
  expect(existsSync(join(work, "linux/drivers"))).toBe(false);
});

test("removes links that leave the tree, and keeps the others", async (context) => {
  const work = workWith(context, makefile, (tree) => {
    symlinkSync("/etc/passwd", join(tree, "kernel/absolute.h"));
    symlinkSync("../../../outside", join(tree, "kernel/relative.h"));
    symlinkSync("bpf/token.c", join(tree, "kernel/inside.c"));
  });
  await unpack(runIn(work), "x.tar", work, "6.12");
  const isThere = (name: string) =>
    lstatSync(join(work, "linux/kernel", name), { throwIfNoEntry: false }) !== undefined;
  expect(["absolute.h", "relative.h", "inside.c"].map(isThere)).toEqual([false, false, true]);
});

test.for([
  ["another release", makefile.replace("12", "18"), "x.tar is Linux 6.18, but the release is 6.12"],
  ["no numbers", "all:\n", "x.tar is Linux 0.0, but the release is 6.12"],
] as const)("refuses a source with %s", async ([, text, message], context) => {
  const work = workWith(context, text, () => {});
  await expect(unpack(runIn(work), "x.tar", work, "6.12")).rejects.toThrow(message);
});

test("a missing archive or configuration names the command that downloads it", () => {
  const guests = folder();
  const missing = join(guests, "missing");
  const finds = [
    () => findArchive("6.12", { source: missing, guests }),
    () => findConfig("6.12", { config: missing, guests }),
  ];
  for (const find of finds) {
    expect(find).toThrow(BpfKernelError);
    expect(find).toThrow(`no file ${missing} was found. Fix: npm run guest -- source 6.12`);
  }
});
