// SPDX-License-Identifier: MIT
// The scenarios of the suite with the answers that they get here, from the packages as installed.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../../lib/run.mjs";

const releases = ["6.9", "6.12", "6.18"];
const folder = `${root}packages/conformance/scenarios/`;

/**
 * Puts the suite into a folder in which the packages are installed: `smoke.mjs`, `cases.mjs` and
 * `engine.mjs`, which prints what came out as JSON. A scenario that does not pass here is an error.
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
    throw new Error(`not fit to compare with: ${failed.map(({ file }) => file)}`);
  }
  const played = cases.filter(({ outcome }) => outcome === "passed");
  writeFileSync(join(app, "cases.mjs"), `export default ${JSON.stringify(played)};\n`);
}
