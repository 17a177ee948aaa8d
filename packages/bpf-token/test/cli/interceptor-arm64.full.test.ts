// SPDX-License-Identifier: MIT
// exec --subject runs on x86-64 only; what its C programs do on arm64 is tested without the model.
import { expect, type TestContext, test } from "vitest";
import { boot, built, tested } from "./arm64-guest.ts";

const limit = { timeout: 300_000 };
if (tested) test("the interceptor for arm64 reports calls by their numbers", limit, reports);

function reports(context: TestContext): void {
  const interceptor = built("bpf-token-intercept");
  const sources = ["intercept-init.c", "intercepted/calls.c"];
  const { text, status } = boot(context, sources, "intercept", interceptor);
  // The program ends with another status if it gets a wrong answer, and says which.
  expect([status, text]).toEqual(["42", expect.stringMatching(/^host 59\n/)]);
  const newUser = 0x10000011;
  // The host makes the other calls that the C library and the program make.
  const lines = text.split("\n").filter((line) => !line.startsWith("host "));
  expect(lines).toEqual([
    "call 102 0 0",
    "call 321 36 8",
    "call 321 0 8",
    `call 56 ${newUser} 0`,
    "call 102 0 0",
    "",
  ]);
  // openat() and mmap() of a file.
  expect(text.split("\n")).toEqual(expect.arrayContaining(["host 257", "host 9"]));
}
