// SPDX-License-Identifier: MIT
// The number of a release in C, for which the headers are compiled.
import { readFileSync } from "node:fs";
import { CheckError } from "./errors.mjs";

const facts = new URL("../../../gen/uapi/facts.json", import.meta.url);

/** The posted revisions, with their numbers. */
const posted = new Map([
  ["v10-03", 1],
  ["v10", 2],
  ["v10-reviewed", 3],
]);

/** The releases that the facts describe. */
export function knownReleases() {
  return JSON.parse(readFileSync(facts, "utf8")).releases.map((release) =>
    typeof release === "string" ? release : release.name,
  );
}

/** The value of UAPI_RELEASE for a release: a posted revision, or any X.Y not older than 6.9. */
export function releaseCode(name) {
  const code = posted.get(name);
  if (code !== undefined) return code;
  const [, version, level] = /^(\d+)\.(\d+)$/.exec(name) ?? [];
  const number = Number(version) * 1000 + Number(level);
  if (Number.isInteger(number) && number >= 6009) return number;
  const names = knownReleases().join(", ");
  throw new CheckError(`unknown release '${name}'; known: ${names}, and X.Y from 6.9 on`, 2);
}
