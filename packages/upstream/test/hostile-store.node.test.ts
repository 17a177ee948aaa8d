// SPDX-License-Identifier: MIT
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WasmCompiler } from "../src/index.ts";
import { defaultCompiler, StoreError, UpstreamStore } from "../src/node/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

const files = [{ path: TOKEN, bytes: new TextEncoder().encode(noTokens) }] as const;
let compiler: WasmCompiler;
let top: string;
let folder: string;
let store: UpstreamStore;

const build = (name: string) =>
  store.build({ name, source: "a.c", files, release: "6.12", compiler });
const entryOf = (name: string): string => join(folder, `name-${name}.json`);

function problem(work: () => unknown): StoreError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return error as StoreError;
  }
  throw new Error("nothing was thrown");
}

/** Changes the entry `a`. */
function change(fields: object): void {
  const entry = JSON.parse(readFileSync(entryOf("a"), "utf8")) as object;
  writeFileSync(entryOf("a"), JSON.stringify({ ...entry, ...fields }));
}

beforeAll(async () => {
  compiler = await defaultCompiler();
}, 600_000);

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-hostile-store-"));
  folder = join(top, "cache/store");
  store = new UpstreamStore(folder);
  await build("a");
}, 600_000);

afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("the store", { timeout: 600_000 }, () => {
  test("is readable for its user only", () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    }
  });

  test("has a file for each name, and builds at once lose none", async () => {
    const names = ["b", "c", "d", "e", "f", "g"];
    const others = names.map((name) => {
      return new UpstreamStore(folder).build({
        name,
        source: "a.c",
        files,
        release: "6.12",
        compiler,
      });
    });
    await Promise.all(others);
    expect((await store.list()).map(({ name }) => name)).toEqual(["a", ...names]);
    expect(names.every((name) => statSync(entryOf(name)).isFile())).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test.each<[string, object]>([
    ["key", { key: "../../../outside/0123456789abcdef" }],
    ["key", { key: "0123456789ABCDEF0123456789ABCDEF" }],
    ["key", { key: ["0".repeat(32)] }],
    ["source", { source: { toString: 1 } }],
    ["size", { size: -1 }],
    ["origin", { origin: null }],
    ["origin", { origin: { release: "6.12", files: [{ path: 1 }] } }],
    ["origin", { origin: { release: "1.0", files: [] } }],
  ])("refuses an entry with another %s, by its name (case %#)", async (field, fields) => {
    change(fields);
    expect(await store.list()).toEqual([]);
    expect(store.problems()).toMatchObject([{ entry: "a" }]);
    const { message } = problem(() => store.module("a"));
    expect(message).toMatch(/^upstream:a cannot be used: its field '/);
    expect(message).toContain(`'${field}'`);
    expect(store.remove("a")).toBe(true);
    expect(store.problems()).toEqual([]);
  });

  test("follows no link", () => {
    const outside = join(top, "outside.json");
    writeFileSync(outside, readFileSync(entryOf("a")));
    rmSync(entryOf("a"));
    symlinkSync(outside, entryOf("a"));
    expect(problem(() => store.module("a")).message).toContain("is a symbolic link");
    expect(store.remove("a")).toBe(true);
    expect(statSync(outside).isFile()).toBe(true);
  });

  test("reads no device, folder or endless file", async () => {
    rmSync(entryOf("a"));
    mkdirSync(entryOf("a"));
    expect(problem(() => store.module("a")).message).toContain("is not a regular file");
    expect(store.remove("a")).toBe(true);
    await build("a");
    const file = readdirSync(folder).find((name) => /^[0-9a-f]{32}\.wasm$/.test(name)) ?? "";
    rmSync(join(folder, file));
    symlinkSync("/dev/zero", join(folder, file));
    expect(problem(() => store.module("a")).message).toContain("is a symbolic link");
    expect(await build("a")).toMatchObject({ cached: false });
    expect(store.module("a")).toBeInstanceOf(WebAssembly.Module);
  });

  test("builds a damaged module again", async () => {
    const file = readdirSync(folder).find((name) => /^[0-9a-f]{32}\.wasm$/.test(name)) ?? "";
    writeFileSync(join(folder, file), "no module");
    expect(problem(() => store.module("a")).message).toContain("is not a WebAssembly module");
    expect(await build("a")).toMatchObject({ cached: false });
    expect(store.module("a")).toBeInstanceOf(WebAssembly.Module);
  });

  test("reports files with names of others", async () => {
    writeFileSync(join(folder, "name-\u001b[31m\u202e.json"), "{}");
    writeFileSync(join(folder, "something else"), "{}");
    expect((await store.list()).map(({ name }) => name)).toEqual(["a"]);
    const [foreign, ...others] = store.problems();
    expect(others).toEqual([]);
    expect(foreign?.message).toMatch(
      /^name-[^/]+ has no valid name and is ignored\. Fix: delete it in /,
    );
    expect(store.module("\u001b[31m\u202e")).toBeUndefined();
  });

  test("leaves no draft if it cannot write", async () => {
    if (process.getuid?.() === 0) {
      // Root may write anywhere, so a folder stands where the file belongs.
      rmSync(entryOf("a"));
      mkdirSync(entryOf("a"));
    } else chmodSync(folder, 0o500);
    await expect(build("a")).rejects.toThrow();
    chmodSync(folder, 0o700);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
