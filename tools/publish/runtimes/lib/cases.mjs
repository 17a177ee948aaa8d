// SPDX-License-Identifier: MIT
// The scenarios of the suite with their expected answers, recorded here from the installed
// packages.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../../lib/run.mjs";

const releases = ["6.9", "6.12", "7.3"];
const folder = `${root}packages/conformance/scenarios/`;

/**
 * Copies the suite into a folder with the installed packages: `smoke.mjs`, `cases.mjs` and
 * `engine.mjs`, which prints the results as JSON. Throws if a scenario does not pass here.
 */
export async function layOutSuite(app) {
  copyFileSync(`${root}tools/publish/runtimes/smoke.mjs`, join(app, "smoke.mjs"));
  copyFileSync(`${root}tools/publish/runtimes/engine.mjs`, join(app, "engine.mjs"));
  const { answersOf } = await import(pathToFileURL(join(app, "smoke.mjs")).href);
  const cases = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(folder + file, "utf8");
    return releases.map((release) => ({ file, text, release, ...answersOf(file, text, release) }));
  });
  const failed = cases.filter(({ outcome }) => outcome !== "passed" && outcome !== "skipped");
  if (cases.length === 0 || failed.length > 0) {
    throw new Error(
      `these scenarios fail here, so their answers cannot be compared: ${failed.map(({ file }) => file)}`,
    );
  }
  const played = cases.filter(({ outcome }) => outcome === "passed");
  writeFileSync(join(app, "cases.mjs"), `export default ${JSON.stringify(played)};\n`);
}
