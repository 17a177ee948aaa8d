// SPDX-License-Identifier: MIT
import type { CheckInfo } from "./check-types.js";
import { type CheckId, checkTable } from "./generated/checks.js";

/** The checks of the model, by id. */
export const checkById: ReadonlyMap<CheckId, CheckInfo> = new Map(checkTable.map((c) => [c.id, c]));
