// SPDX-License-Identifier: MIT
// Cases from public threads, with the address and the cause that was found. The texts are shortened; a
// test does not show whether one is an excerpt, or was written again in our words.
import { readdirSync, readFileSync } from "node:fs";
import type { CauseId, Explanation } from "../../src/index.ts";

/** A case: what somebody pasted, and the cause. */
export interface Case {
  readonly name: string;
  readonly source: string;
  readonly text: string;
  /** The most likely cause; null if no line is a failure. */
  readonly expect: CauseId | null;
  readonly token: Explanation["token"];
}

const folder = new URL("./cases/", import.meta.url);

/** All cases, in the order of their files. */
export const cases: readonly Case[] = readdirSync(folder)
  .sort()
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Case[]);
