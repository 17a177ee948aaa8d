// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { matrixAnswer } from "../src/matrix/answer.ts";
import { releases } from "../src/state/try-state.ts";

test.each(releases)(
  "the model of Linux %s answers as measured",
  { timeout: 600_000 },
  (release) => {
    const { rows } = matrixAnswer({ release, open: false }, () => {});
    expect(rows.length).toBeGreaterThan(70);
    expect(rows.filter(({ stored }) => stored !== undefined)).toEqual([]);
  },
);
