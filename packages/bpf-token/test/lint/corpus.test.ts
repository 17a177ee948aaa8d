// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { lintText } from "../../src/lint/index.ts";
import { right, wrong } from "./corpus.ts";

const idsIn = (file: string, text: string): readonly string[] =>
  lintText(file, text).map(({ finding }) => finding.id.replace("lint.", ""));

test.each([...wrong, ...right])("%s: %j", (file, text, ...ids) => {
  expect(idsIn(file, text).toSorted()).toEqual(ids.toSorted());
});
