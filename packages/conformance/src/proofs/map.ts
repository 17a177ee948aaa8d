// SPDX-License-Identifier: MIT
import type { Proof } from "./proof.js";

export const mapProofs: readonly Proof[] = [];
