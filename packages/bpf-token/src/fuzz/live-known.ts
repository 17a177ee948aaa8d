// SPDX-License-Identifier: MIT
import type { KnownReason } from "./live.js";

/** Where a real machine is not what the model is, although both are right. */
export const knownReasons: readonly KnownReason[] = [
  {
    match: / (fstatfs|fstat)\([012], .*: memory: /,
    why: "what the first three descriptors of a real task lead to is the executor's",
  },
];
