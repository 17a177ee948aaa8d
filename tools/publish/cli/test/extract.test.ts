// SPDX-License-Identifier: MIT
// Where the executable writes its native programs, and whose folders it refuses.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { extract } from "../inside/extract.mjs";

const BUILD = "0123456789abcdef";
const file = { name: "linux-x64/helper", bytes: Buffer.from("#!/bin/sh\n") };
const uid = process.getuid?.() ?? 0;
const OTHER = 4242;

describe("extract", () => {
  let top = "";
  let env: Record<string, string> = {};
  const at = (name: string): string => join(top, name);
  const folder = (name: string, mode = 0o700): string => {
    mkdirSync(at(name), { recursive: true });
    chmodSync(at(name), mode);
    return at(name);
  };
  /** No memory file system unless a test creates it. */
  const run = (): string => extract(file, BUILD, { uid, env, memory: at("memory") });

  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), "bpf-token-extract-"));
    env = { TMPDIR: at("none") };
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  test.each([
    ["XDG_CACHE_HOME", "bpf-token"],
    ["HOME", ".cache/bpf-token"],
    ["TMPDIR", `bpf-token-${uid}`],
  ])("writes to %s, for this user alone", (variable, below) => {
    env[variable] = folder("base");
    const path = run();
    expect(path).toBe(join(at("base"), below, BUILD, file.name));
    expect(readFileSync(path)).toEqual(file.bytes);
    for (const name of [path, join(path, ".."), join(path, "../..")])
      expect(lstatSync(name).mode & 0o777).toBe(0o700);
  });

  test("writes to memory without any of them", () => {
    folder("memory", 0o1777);
    expect(run()).toBe(join(at("memory"), `bpf-token-${uid}`, BUILD, file.name));
  });

  test("leaves one file, and writes it once", () => {
    env["XDG_CACHE_HOME"] = folder("base");
    const path = run();
    const before = lstatSync(path).ino;
    expect(run()).toBe(path);
    expect(lstatSync(path).ino).toBe(before);
    expect(readdirSync(join(path, ".."))).toEqual(["helper"]);
  });

  test("replaces a file with other bytes of the same length", () => {
    env["XDG_CACHE_HOME"] = folder("base");
    writeFileSync(run(), "#!/bin/no\n");
    expect(readFileSync(run())).toEqual(file.bytes);
  });

  test("replaces a link, and does not write through it", () => {
    env["XDG_CACHE_HOME"] = folder("base");
    const path = run();
    rmSync(path);
    writeFileSync(at("victim"), "mine");
    symlinkSync(at("victim"), path);
    expect(lstatSync(run()).isFile()).toBe(true);
    expect(readFileSync(at("victim"), "utf8")).toBe("mine");
  });

  test("replaces a file that other users can write to", () => {
    env["XDG_CACHE_HOME"] = folder("base");
    chmodSync(run(), 0o777);
    expect(lstatSync(run()).mode & 0o777).toBe(0o700);
  });

  test("refuses a folder that other users can write to", () => {
    env["TMPDIR"] = folder("base", 0o777);
    expect(run).toThrow(`${at("base")}: other users can write to ${at("base")}`);
    expect(readdirSync(at("base"))).toEqual([]);
  });

  test("refuses a folder below one that other users can write to", () => {
    folder("open", 0o777);
    env["XDG_CACHE_HOME"] = folder("open/base");
    expect(run).toThrow(`${at("open/base")}: other users can write to ${at("open")}`);
  });

  test("accepts a folder with the sticky bit, and refuses what another user prepared in it", () => {
    env["TMPDIR"] = folder("base", 0o1777);
    mkdirSync(at("elsewhere"));
    symlinkSync(at("elsewhere"), join(at("base"), `bpf-token-${uid}`));
    expect(run).toThrow("is not a folder");
    expect(readdirSync(at("elsewhere"))).toEqual([]);
  });

  test("continues with the next folder", () => {
    env["XDG_CACHE_HOME"] = folder("open", 0o777);
    env["HOME"] = folder("home");
    expect(run()).toContain(at("home/.cache/bpf-token"));
  });

  test("creates no home", () => {
    env["HOME"] = at("nobody");
    expect(run).toThrow(`${at("nobody")}: no such file or directory`);
    expect(existsSync(at("nobody"))).toBe(false);
  });

  test("says why no folder can have the file, and a workaround, in one line", () => {
    expect(run).toThrow(/^no folder can have the program helper \(.*\)\. Fix: .*bpf-token-collect/);
    expect(run).not.toThrow("\n");
  });

  describe("for root", () => {
    beforeEach((context) => context.skip(uid !== 0, "only root can change the owner of a file"));

    test("refuses a folder of another user, and the folders below it", () => {
      env["XDG_CACHE_HOME"] = folder("theirs/base");
      chownSync(at("theirs"), OTHER, OTHER);
      expect(run).toThrow(`${at("theirs")} belongs to another user`);
    });

    test("refuses a folder that another user prepared in a folder with the sticky bit", () => {
      env["TMPDIR"] = folder("base", 0o1777);
      const prepared = folder(`base/bpf-token-${uid}`);
      chownSync(prepared, OTHER, OTHER);
      expect(run).toThrow(`${prepared} belongs to another user`);
      expect(readdirSync(prepared)).toEqual([]);
    });

    test("replaces a file of another user", () => {
      env["XDG_CACHE_HOME"] = folder("base");
      chownSync(run(), OTHER, OTHER);
      expect(lstatSync(run()).uid).toBe(0);
    });
  });
});
