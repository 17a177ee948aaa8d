// SPDX-License-Identifier: MIT
import { around } from "./around.ts";
import { mount } from "./mount.ts";
import type { Situation } from "./situation.ts";
import { token } from "./token.ts";
import { use } from "./use.ts";

/** All situations that are staged, in the order of their numbers. */
export const staged: readonly Situation[] = [...mount, ...token, ...use, ...around].sort(
  (a, b) => a.number - b.number,
);
