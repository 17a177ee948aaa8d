// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultState } from "../../../../packages/playground/src/state/try-state.ts";
import { answerOf } from "../../../../packages/playground/src/try/answer.ts";
import { Drawing } from "../../../../packages/playground/src/ui/picture.tsx";
import { root } from "../../../lib/run.mjs";
import { PICTURE } from "../lib/addresses.mjs";
import { drawPicture } from "../lib/picture.mjs";

test("the picture of the README is up to date: npm run playground -- --picture", () => {
  const picture = readFileSync(root + PICTURE, "utf8");
  expect(picture).toBe(drawPicture({ Drawing, answerOf, defaultState }));
  expect(picture).toContain("✗ EPERM</text>");
  // Legible on any page: it has its own ground, in both themes.
  const [light = "", dark = ""] = picture.split("@media (prefers-color-scheme: dark)");
  for (const theme of [light, dark]) expect(theme).toMatch(/\.page \{ fill: #[0-9a-f]{6} \}/);
  expect(picture.match(/--(?!>)/g)).toEqual(["--"]);
  expect(picture).not.toMatch(/var\(|href=|<script|<image/);
  expect(readFileSync(`${root}README.md`, "utf8")).toContain(`](${PICTURE})`);
});
