// SPDX-License-Identifier: MIT
// What the playground's tests press in each browser.
import { answerOf } from "../../../../packages/playground/src/try/answer.ts";
import { presets } from "../../../../packages/playground/src/try/presets.ts";

/** The texts of the fix buttons of each situation. A situation whose call succeeds has none. */
export function fixButtons(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    presets.map(({ id, state }) => [
      id,
      answerOf(state).fixes.map(
        ({ changes }, i) => `${i === 0 ? "Fix it" : "Or"}: ${changes.join("; then ")}`,
      ),
    ]),
  );
}
