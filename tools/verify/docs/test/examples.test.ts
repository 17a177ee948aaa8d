// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../../lib/run.mjs";

const declaration = String.raw`^export (?:abstract |async )*(?:function\*?|class|const) `;
/** Generated files, and the stubs of kernel-native for browsers. */
const unwritten = /(^|\/)generated\/|^browser\.ts$/;

/** The texts of the files in a folder whose names end so. */
function textsIn(folder: string, ending: string): string[] {
  if (!existsSync(root + folder)) return [];
  return readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !unwritten.test(file))
    .map((file) => readFileSync(`${root}${folder}/${file}`, "utf8"));
}

/** The functions, classes and constants in the API reports of a package. */
function exportsOf(folder: string): string[] {
  const pattern = new RegExp(String.raw`${declaration}(\w+)`, "gm");
  const names = textsIn(`${folder}/etc`, ".api.md").flatMap((text) =>
    [...text.matchAll(pattern)].map(([, name = ""]) => name),
  );
  return [...new Set(names)];
}

/** The TSDoc of each declaration of a name; empty for a declaration without TSDoc. */
function docsOf(name: string, texts: readonly string[]): string[] {
  const pattern = new RegExp(String.raw`${declaration}${name}\b`, "m");
  return texts.flatMap((text) => {
    const at = text.search(pattern);
    if (at < 0) return [];
    const before = text.slice(0, at).trimEnd();
    return [before.endsWith("*/") ? before.slice(before.lastIndexOf("/**")) : ""];
  });
}

test("every public function, class and constant has an example", () => {
  const docs = readdirSync(`${root}packages`).flatMap((name) => {
    const folder = `packages/${name}`;
    const texts = textsIn(`${folder}/src`, ".ts");
    return exportsOf(folder).flatMap((one) =>
      docsOf(one, texts).map((doc) => ({ name: `${name}: ${one}`, doc })),
    );
  });
  expect(docs.length).toBeGreaterThan(200);
  expect(docs.filter(({ doc }) => !doc.includes("@example")).map(({ name }) => name)).toEqual([]);
});
