// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const client = new URL("../client/", import.meta.url);

/**
 * The style and the script of the book. The script is a classic one: browsers load no modules from
 * files.
 *
 * @returns {Promise<[string, string][]>}
 */
export async function clientFiles() {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("site.mjs", client)),
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  return [
    ["assets/site.css", readFileSync(new URL("site.css", client), "utf8")],
    ["assets/site.js", output[0].code],
  ];
}
