// SPDX-License-Identifier: MIT
import type { CheckInfo } from "./check-types.js";
import { type CheckId, checkTable } from "./generated/checks.js";
import { fixOfCheck, fixTexts } from "./generated/fixes.js";

/** The checks of the model, by id. */
export const checkById: ReadonlyMap<CheckId, CheckInfo> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ checkTable.map((c) => [c.id, c]),
);

/**
 * What a person can do where a check refused.
 *
 * @returns one clause; undefined where the check's sentence says all there is to say.
 */
export function fixFor(check: CheckId): string | undefined {
  const place = fixOfCheck[check];
  return place === undefined ? undefined : fixTexts[place];
}
