// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { assertSame, objectsOf } from "../lib/again.mjs";

const about = { release: "6.12.118", sha256: "a1", source: "b2", btf: "c3", compiler: "clang 19" };

function folder(content?: object): string {
  const path = mkdtempSync(join(tmpdir(), "kernel-bpf-again-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  if (content !== undefined) writeFileSync(join(path, "kernel.json"), JSON.stringify(content));
  return path;
}

test("an equal module passes", () => {
  expect(() => assertSame(folder(about), { ...about })).not.toThrow();
});

test.each([
  ["no module", undefined, "has no module to compare with. Fix: build without --again", 3],
  ["another source", { ...about, source: "x", sha256: "y" }, "with another source", 3],
  ["another compiler and BTF", { ...about, compiler: "x", btf: "y" }, "BTF", 3],
  ["another module", { ...about, sha256: "d4" }, "not reproducible: sha256 d4 before, a1 now", 1],
] as const)("%s is an error", (_, before, message, exitCode) => {
  expect(() => assertSame(folder(before), about)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), exitCode }),
  );
});

test("within four days each source is compiled twice, and no object is taken on its day", () => {
  const files = ["a.c", "b.c", "c.c", "d.c", "e.c"];
  const [before, work] = [folder(), folder()];
  for (const at of [before, work]) mkdirSync(join(at, "o"));
  for (const name of files) writeFileSync(join(before, `o/${name}.o`), name);
  const compiled = [10, 11, 12, 13].map((day) => {
    const { copy } = objectsOf(before, work, { files, every: 4, day });
    return files.filter((name) => !copy(name, `o/${name}.o`));
  });
  expect(compiled.flat().sort()).toEqual(files);
  expect(compiled.map(({ length }) => length).sort()).toEqual([1, 1, 1, 2]);
  expect(existsSync(join(work, "o/a.c.o"))).toBe(true);
});

test("a folder without objects is an error", () => {
  expect(() => objectsOf(folder(), folder(), { files: [], every: 4 })).toThrow(
    expect.objectContaining({ message: expect.stringContaining("build with --keep"), exitCode: 3 }),
  );
});
