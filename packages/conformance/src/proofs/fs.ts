// SPDX-License-Identifier: MIT
import type { Proof } from "./proof.js";

export const fsProofs: readonly Proof[] = [];
