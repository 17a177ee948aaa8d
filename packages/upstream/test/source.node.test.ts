// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SourceError } from "../src/index.ts";
import { findSource } from "../src/node/index.ts";
import { changing, making, noTokens, TOKEN } from "./texts.ts";

let top: string;

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { cwd: top, encoding: "utf8" });
  expect(status, stderr).toBe(0);
}

function write(path: string, text: string): string {
  const file = join(top, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const makefile = (version: string): string => {
  const [major, minor, patch] = version.split(".");
  return `# SPDX-License-Identifier: GPL-2.0
VERSION = ${major}
PATCHLEVEL = ${minor}
SUBLEVEL = ${patch}
`;
};

async function textOf(place: string): Promise<string> {
  const { files } = await findSource(place);
  return new TextDecoder().decode(files[0]?.bytes);
}

async function problem(place: string): Promise<SourceError> {
  const error: unknown = await (async () => findSource(place))().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-source-"));
  write(`linux/${TOKEN}`, noTokens);
  write("linux/kernel/bpf/inode.c", "int bpf_obj_pin_user;\n");
  write("linux/Makefile", makefile("6.13.2"));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

describe("a kernel tree", () => {
  test("in a folder has both files, and the newest known release that is not newer", async () => {
    const found = await findSource(join(top, "linux"));
    expect(found).toMatchObject({ kind: "tree", says: "6.13.2", release: "6.12" });
    expect(found.files.map(({ path }) => path)).toEqual([TOKEN, "kernel/bpf/inode.c"]);
    const alone = await findSource(join(top, "linux"), { inode: false });
    expect(alone.files.map(({ path }) => path)).toEqual([TOKEN]);
  });

  test("in an archive may have a name that tar could misread", async () => {
    write("linux/a/kernel/bpf/token.c", "not this one\n");
    write("linux/a/Makefile", makefile("5.4.0"));
    run("tar", "--sort=name", "-cJf", "linux-source-6.17.tar.xz", "linux");
    const found = await findSource(join(top, "linux-source-6.17.tar.xz"));
    expect(found).toMatchObject({ kind: "archive", says: "6.13.2", release: "6.12" });
    expect(await textOf(join(top, "linux-source-6.17.tar.xz"))).toBe(noTokens);
  });

  test("in git is read at a revision", async () => {
    const git = (...args: string[]) =>
      run("git", "-C", "linux", "-c", "user.name=t", "-c", "user.email=t@example.org", ...args);
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "first");
    git("tag", "before");
    write(`linux/${TOKEN}`, noTokens.replaceAll("ENOLINK", "EIO"));
    const found = await findSource(`${join(top, "linux")}@before`);
    expect(found).toMatchObject({ kind: "git", says: "6.13.2" });
    expect(await textOf(`${join(top, "linux")}@before`)).toBe(noTokens);
    expect(await textOf(join(top, "linux"))).toContain("EIO");
    expect((await problem(`${join(top, "linux")}@never`)).message).toContain("no such revision");
    write(`linux/${TOKEN}`, noTokens);
  });

  test("without a token.c is refused", async () => {
    write("old/Makefile", makefile("6.6.1"));
    const error = await problem(join(top, "old"));
    expect(error).toMatchObject({ problem: "no-file" });
    expect(error.message).toContain("BPF tokens came with Linux 6.9");
    write(`old/${TOKEN}`, noTokens);
    expect((await findSource(join(top, "old"))).release).toBeUndefined();
  });

  test("in an archive without a token.c is refused", async () => {
    write("else/README", "nothing\n");
    run("tar", "-cf", "else.tar", "else");
    expect((await problem(join(top, "else.tar"))).problem).toBe("no-file");
    write("broken.tar.xz", "no archive\n");
    expect((await problem(join(top, "broken.tar.xz"))).message).toMatch(
      /broken\.tar\.xz contains no /,
    );
  });
});

describe("a single file", () => {
  test("is a patch or the source itself", async () => {
    const patch = write("token.mbox", making(TOKEN, noTokens));
    expect((await findSource(patch)).kind).toBe("patch");
    expect(await textOf(patch)).toBe(noTokens);
    const file = write("mine.c", noTokens);
    expect(await findSource(file)).toMatchObject({ kind: "file", files: [{ path: TOKEN }] });
    const inode = write("inode.c", "int bpf_obj_pin_user(u32 ufd);\n");
    expect(await findSource(inode)).toMatchObject({ files: [{ path: "kernel/bpf/inode.c" }] });
  });

  test("is a patch with a base", async () => {
    const change = changing(TOKEN, noTokens, "\treturn -ENOLINK;", "\treturn -EPERM;");
    const fix = write("fix.patch", change.replace(/^(diff --git|index) .*\n/gm, ""));
    const base = write("base.c", noTokens);
    const found = await findSource(fix, { base });
    expect(found.kind).toBe("patch");
    expect(Buffer.from(found.files[0]?.bytes ?? []).toString()).toContain("return -EPERM;");
    const core = write("core.patch", making("kernel/bpf/core.c", "int x;\n"));
    const wrong = (place: string) =>
      findSource(place, { base }).then(String, (error: unknown) => (error as Error).message);
    expect(await wrong(core)).toContain("does not touch kernel/bpf/token.c; no other");
    expect(await wrong(base)).toContain("is no patch, so it needs no base");
  });

  test("of another kind is refused with its path", async () => {
    expect((await problem(join(top, "nowhere"))).message).toMatch(/nowhere does not exist/);
    const poem = write("poem.txt", "Roses are red\n");
    expect((await problem(poem)).message).toMatch(/poem\.txt is neither a patch nor the source of/);
    const other = write("other.patch", making("kernel/bpf/core.c", "int x;\n"));
    expect((await problem(other)).message).toMatch(/other\.patch: the patch does not touch/);
  });
});
