// SPDX-License-Identifier: MIT
// The number of a release in C, for which the headers are compiled.
import { codeOf, readReleases } from "../../../lib/releases.mjs";
import { CheckError } from "./errors.mjs";

/** The releases that the facts describe. */
export const knownReleases = () => readReleases().map(({ name }) => name);

/** The value of UAPI_RELEASE for a release: a posted revision, or any X.Y not older than 6.9. */
export function releaseCode(name) {
  const code = codeOf(name);
  if (code > 0 && (code < 1000 || code >= codeOf("6.9"))) return code;
  const names = knownReleases().join(", ");
  throw new CheckError(`unknown release '${name}'; known: ${names}, and X.Y from 6.9 on`, 2);
}
