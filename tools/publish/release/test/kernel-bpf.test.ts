// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { packBpfKernel } from "../lib/kernel-bpf.mjs";
import { git } from "../lib/tree.mjs";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A repository, the archives of a distribution, and a build that writes a module. */
function situation() {
  const folder = mkdtempSync(join(tmpdir(), "kernel-bpf-pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return join(folder, path);
  };
  write("tree/packages/kernel-bpf/LICENSE", "GPL-2.0");
  write("tree/core-c/kernel-bpf/boot.c", "int boot;");
  const tree = join(folder, "tree");
  git(tree, "init", "--quiet");
  git(tree, "add", "--all");
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  git(tree, ...who, "commit", "--quiet", "--message", "all");
  const places = {
    source: write("linux-source-7.3.tar.xz", "the source"),
    config: write("linux-config-7.3.xz", "the configuration"),
    image: "/vmlinux",
  };
  const words: string[][] = [];
  const build = (given: string[], source = hash("the source")) => {
    words.push(given);
    write("out/kernel.wasm", "module");
    write("out/kernel.json", JSON.stringify({ release: "7.3.2", sha256: hash("module"), source }));
  };
  return { tree, places, words, build, out: join(folder, "out") };
}

test("the package has the module, its licence and the complete source", () => {
  const { tree, places, words, build, out } = situation();
  expect(packBpfKernel("7.3", out, places, { build, tree })).toEqual([
    ...["LICENSE", "README.md", "SHA256SUMS", "kernel.json", "kernel.wasm", "package.json"],
    ...["source/bpf-token.tar.gz", "source/linux-config-7.3.xz", "source/linux-source-7.3.tar.xz"],
  ]);
  expect(JSON.parse(readFileSync(join(out, "package.json"), "utf8"))).toEqual({
    name: "bpf-token-kernel-bpf-7.3",
    version: "7.3.2",
    license: "GPL-2.0-only",
  });
  const list = spawnSync("tar", ["-tf", join(out, "source/bpf-token.tar.gz")], {
    encoding: "utf8",
  });
  expect(list.stdout).toContain("bpf-token/core-c/kernel-bpf/boot.c\n");
  const built = ["--source", `${out}/source/linux-source-7.3.tar.xz`];
  const settings = ["--config", `${out}/source/linux-config-7.3.xz`, "--image", "/vmlinux"];
  expect(words).toEqual([["build", "7.3", ...built, ...settings, "--out", out]]);
  const sums = readFileSync(join(out, "SHA256SUMS"), "utf8");
  expect(sums).toContain(`${hash("module")}  kernel.wasm\n`);
  const check = spawnSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: out });
  expect(check.status).toBe(0);
});

test("a module of another source, a changed tree and a full folder are refused", () => {
  const one = situation();
  const wrong = (words: string[]) => one.build(words, hash("other"));
  const pack = (build: (words: string[]) => void) =>
    packBpfKernel("7.3", one.out, one.places, { build, tree: one.tree });
  expect(() => pack(wrong)).toThrow("built from another source");
  expect(() => pack(one.build)).toThrow("is not empty");
  const two = situation();
  writeFileSync(join(two.tree, "new.c"), "");
  expect(() => packBpfKernel("7.3", two.out, two.places, two)).toThrow("?? new.c");
});
