// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A one-line comment that names the files with the definitions of the following declarations. */
const heading = /^\/\* ((?:[\w/-]+\.c)(?:, [\w/-]+\.c)*)[:,]?(?: .*)?\*\/$/;

function headers(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".h") && !name.startsWith("build/"))
    .map((name) => `${folder}/${name}`);
}

/** The files that comments of a header name although they do not exist. */
function missing(header: string, text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const names = heading.exec(line)?.[1]?.split(", ") ?? [];
    const places = [dirname(header), "core-c", join("core-c", dirname(names[0] ?? ""))];
    return names.filter((name) => !places.some((at) => existsSync(join(root, at, name))));
  });
}

describe("comments in headers name files that exist", () => {
  for (const folder of ["core-c", "packages/kernel-native/native"]) {
    test(folder, () => {
      const all = headers(folder).map((path) => ({
        path,
        text: readFileSync(join(root, path), "utf8"),
      }));
      expect(all.filter(({ text }) => text.split("\n").some((l) => heading.test(l)))).not.toEqual(
        [],
      );
      expect(
        all.flatMap(({ path, text }) => missing(path, text).map((f) => `${path}: ${f}`)),
      ).toEqual([]);
    });
  }

  test("reports a file that does not exist", () => {
    const text = "/* fs/open.c */\n/* syscall.c, syscall_id.c: by number */\n/* nothing.c */";
    expect(missing("core-c/kernel/bpf/internal.h", text)).toEqual(["syscall_id.c", "nothing.c"]);
  });
});
