// SPDX-License-Identifier: MIT
// Programs in sections whose names are newer than a version of libbpf.
import { compareVersions } from "./libbpf.mjs";

const UNSPEC = 0;

/**
 * The first version of libbpf that knows a section.
 *
 * @param object - the package.
 * @param version - of libbpf; `undefined` knows all.
 * @returns `undefined` if `version` knows it.
 */
export function newerThan(version, { sectionKind }, section) {
  const since = sectionKind(section)?.since?.libbpf;
  if (since === undefined || version === undefined) return undefined;
  return compareVersions(version, since) < 0 ? since : undefined;
}

/** The object as a version of libbpf sees it: programs of unknown sections have no type. */
export function asSeenBy(version, object, spec) {
  const programs = spec.programs.map((program) =>
    newerThan(version, object, program.section) === undefined
      ? program
      : { ...program, type: UNSPEC, attach: 0, flags: 0 },
  );
  return { ...spec, programs };
}
