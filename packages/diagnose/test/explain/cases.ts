// SPDX-License-Identifier: MIT
// Texts that people paste, with the cause: cases from public threads, and the output of real runs.
import { readdirSync, readFileSync } from "node:fs";
import type { CauseId, Explanation } from "../../src/index.ts";

/** A case: what somebody pasted, and the cause. */
export interface Case {
  readonly name: string;
  /** The address of the thread, or `run: ` and what was run for this case. */
  readonly source: string;
  /**
   * `excerpt`: a few lines of the thread, shortened. `ours`: written for this test after the thread, so a
   * line can be in our words, such as that of the release; or the output of a real run.
   */
  readonly origin: "excerpt" | "ours";
  readonly text: string;
  /** The most likely cause; null if no line is a failure, or if the text does not show the cause. */
  readonly expect: CauseId | null;
  readonly token: Explanation["token"];
  /**
   * For texts with a judgement: `open` if the rules were fixed for it at once, `held` and then `fresh` if
   * they were measured with it first; `second` if another person, who did not know the rules, collected and judged it;
   * `third` if it was judged before the program answered, in batches between which the rules became general;
   * `fourth` if it was held back until the end: 90 % were right or honest in the first run, 2 wrong and certain;
   * `fifth` if its reader knew no rule: 82 % were right or honest in the first run, none wrong and certain;
   * `sixth` to `ninth` if it was judged, and its file closed, before the first run: 92 % (of 73), 89 % (of 64),
   * 88 % (of 48) and 90 % (of 40) were right or honest, one wrong and certain, in the ninth; each ran after
   * the fixes for the one before; `tenth` likewise, by another reader, with 84 % of 88 and one wrong and certain;
   * `eleventh` likewise, with 85 % of 81, none wrong and certain.
   */
  readonly half?:
    | "open"
    | "held"
    | "fresh"
    | "second"
    | "third"
    | "fourth"
    | "fifth"
    | "sixth"
    | "seventh"
    | "eighth"
    | "ninth"
    | "tenth"
    | "eleventh";
  /**
   * What a reader judged before the program answered: causes that are right, then, after `?`, causes that
   * are acceptable unless the answer is certain; `none` is no cause. See judged.node.test.ts.
   */
  readonly judged?: string;
}

const folder = new URL("./cases/", import.meta.url);

/** All cases, in the order of their files. */
export const cases: readonly Case[] = readdirSync(folder)
  .sort()
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Case[]);
