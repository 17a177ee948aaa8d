// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SourceError } from "../src/index.ts";
import { findSource } from "../src/node/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

let top: string;
let folder: string;
let count = 0;

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  expect(status, stderr).toBe(0);
}

function write(path: string, content: string | Uint8Array): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Packs the folder `linux`. */
function pack(name = "a.tar", ...options: string[]): string {
  run("tar", ...options, "-cf", name, "--force-local", "linux");
  return join(folder, name);
}

async function problem(place: string): Promise<SourceError> {
  const error: unknown = await findSource(place).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

async function textOf(place: string): Promise<string> {
  const { files, kind } = await findSource(place);
  expect(kind).toBe("archive");
  return new TextDecoder().decode(files[0]?.bytes);
}

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-hostile-archive-"));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

let before: readonly string[] = [];
const temporary = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("bpf-token-upstream-"));

beforeEach(() => {
  folder = join(top, String(count++));
  mkdirSync(join(folder, "linux/kernel/bpf"), { recursive: true });
  before = temporary();
});

afterEach(() => expect(temporary().filter((name) => !before.includes(name))).toEqual([]));

describe("a member of an archive is refused if it is", { timeout: 60_000 }, () => {
  test.each<[string, (file: string) => void]>([
    ["symlink", (file) => symlinkSync("/etc/passwd", file)],
    ["fifo", (file) => run("mkfifo", file)],
    ["directory", (file) => mkdirSync(file)],
    [
      "link",
      (file) => {
        write("linux/a", "/* not this one */");
        linkSync(join(folder, "linux/a"), file);
      },
    ],
  ])("%s", async (type, create) => {
    create(join(folder, "linux", TOKEN));
    const error = await problem(pack("a.tar", "--sort=name"));
    expect(error).toMatchObject({ problem: "unsafe" });
    expect(error.message).toContain(`${TOKEN} is not a regular file but a ${type}`);
  });

  test("character-device", async () => {
    // No privilege is needed to change the type in the header of a member.
    write(`linux/${TOKEN}`, "");
    const archive = pack();
    const bytes = readFileSync(archive);
    const at = bytes.indexOf(`linux/${TOKEN}`);
    bytes[at + 156] = "3".charCodeAt(0);
    bytes.write("        ", at + 148);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148);
    writeFileSync(archive, bytes);
    expect((await problem(archive)).message).toContain("not a regular file but a character-device");
  });

  test("too large", async () => {
    truncateSync(write(`linux/${TOKEN}`, ""), 40 << 20);
    expect(await problem(pack())).toMatchObject({ problem: "too-large" });
  });
});

describe("an archive", { timeout: 60_000 }, () => {
  test("with a colon in its name is a file, not a host", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    write(`linux/${TOKEN}`, noTokens);
    copyFileSync(pack(), join(folder, "127.0.0.1:a.tar"));
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      expect(await textOf("127.0.0.1:a.tar")).toBe(noTokens);
    } finally {
      process.chdir(cwd);
      server.close();
    }
    expect(connections).toBe(0);
  });

  test("that is a FIFO or a device is refused", async () => {
    run("mkfifo", "pipe.tar");
    expect((await problem(join(folder, "pipe.tar"))).message).toContain("is not a regular file");
    symlinkSync("/dev/zero", join(folder, "zero.tar"));
    expect((await problem(join(folder, "zero.tar"))).message).toContain("is not a regular file");
  });

  test("that ends too early is refused", async () => {
    write(`linux/${TOKEN}`, noTokens.repeat(100));
    const archive = pack();
    truncateSync(archive, readFileSync(archive).indexOf(noTokens) + noTokens.length);
    expect(await problem(archive)).toMatchObject({ problem: "truncated" });
  });

  test("with damaged compression is refused, with the reason", async () => {
    write(`linux/${TOKEN}`, noTokens);
    const plain = readFileSync(pack());
    const packed = gzipSync(plain);
    const cut = write("cut.tar.gz", packed.subarray(0, 100));
    expect((await problem(cut)).message).toMatch(
      /cut\.tar\.gz contains no .*unexpected end of file/,
    );
    run("xz", "-k", "a.tar");
    const xz = readFileSync(join(folder, "a.tar.xz"));
    xz.fill(0, 30, 60);
    expect((await problem(write("bad.tar.xz", xz))).message).toMatch(/contains no .*\(xz: /);
  });

  test("may say nothing about its compression", async () => {
    write(`linux/${TOKEN}`, noTokens);
    const plain = readFileSync(pack());
    expect(await textOf(write("b.tar.xz", gzipSync(plain)))).toBe(noTokens);
    expect(await textOf(write("c.tgz", plain))).toBe(noTokens);
    expect(gunzipSync(readFileSync(join(folder, "b.tar.xz"))).equals(plain)).toBe(true);
  });

  test("may have names with many bytes and headers of any kind", async () => {
    write(`linux/${"a".repeat(200)}/b`, "");
    write(`linux/${TOKEN}`, noTokens);
    for (const format of ["gnu", "posix"]) {
      expect(await textOf(pack(`${format}.tar`, `--format=${format}`, "--sort=name"))).toBe(
        noTokens,
      );
    }
  });

  test("with empty blocks only contains no file", async () => {
    const file = join(folder, "zeros.tar");
    closeSync(openSync(file, "w"));
    truncateSync(file, 2 ** 24);
    expect(await problem(file)).toMatchObject({ problem: "no-file" });
  });
});
