// SPDX-License-Identifier: MIT
import type { Proof } from "./proof.js";
import { tokenProofs } from "./token.js";

/** Every proof that is not a scenario. A file per group of rules; add its list here. */
export const proofs: readonly Proof[] = [...tokenProofs];

export * from "./proof.js";
