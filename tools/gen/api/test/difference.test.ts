// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { difference } from "../difference.mjs";

test("the same text has no difference", () => {
  expect(difference("a\nb\n", "a\nb\n")).toEqual([]);
});

test("removed lines come before added lines", () => {
  expect(difference("a\nold\n", "a\nnew\n\n")).toEqual(["- old", "+ new"]);
});
