// SPDX-License-Identifier: MIT
import { builtProofs } from "./built.js";
import { entryProofs } from "./entry.js";
import { faultProofs } from "./fault.js";
import { fsProofs } from "./fs.js";
import { lsmProofs } from "./lsm.js";
import { mapProofs } from "./map.js";
import { mapBatchProofs } from "./map-batch.js";
import { mapElementProofs } from "./map-elements.js";
import { processProofs } from "./process.js";
import { progProofs } from "./prog.js";
import { progAttributeProofs } from "./prog-attributes.js";
import type { Proof } from "./proof.js";
import { tokenProofs } from "./token.js";

/** Every proof that is not a scenario, one file per group of rules. */
export const proofs: readonly Proof[] = [
  ...tokenProofs,
  ...mapProofs,
  ...mapBatchProofs,
  ...mapElementProofs,
  ...progProofs,
  ...progAttributeProofs,
  ...fsProofs,
  ...processProofs,
  ...entryProofs,
  ...builtProofs,
  ...lsmProofs,
  ...faultProofs,
];

export * from "./proof.js";
