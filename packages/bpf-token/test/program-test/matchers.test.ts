// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import {
  matchers,
  type ProgramMatchers,
  type TestObject,
  type TestRun,
} from "../../src/program-test/index.ts";

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it adds to an interface
  interface Matchers<T> extends ProgramMatchers<T> {}
}

expect.extend(matchers);

const run: TestRun = {
  ...{ returned: 2, action: "XDP_PASS", context: new Uint8Array(), instructions: 12 },
  packet: Uint8Array.of(1, 2, 3),
};
const shot: TestRun = { ...run, returned: 0xffffffff, action: undefined, instructions: undefined };
const object = { verifiedInstructions: () => 41 } as unknown as TestObject;

test("matchers accept what a run returned", () => {
  expect(run).toHaveAction("XDP_PASS");
  expect(run).toHaveAction(2);
  expect(shot).toHaveAction(-1);
  expect(run).not.toHaveAction("XDP_DROP");
  expect(run).toHavePacket(Uint8Array.of(1, 2, 3));
  expect(run).not.toHavePacket(Uint8Array.of(1, 2));
  expect(run).toRunWithin(12);
  expect(object).toVerifyWithin({ program: "count", instructions: 41 });
  expect(object).not.toVerifyWithin({ program: "count", instructions: 40 });
});

test.each<[() => void, string]>([
  [
    () => expect(run).toHaveAction("XDP_DROP"),
    "the program returned 2 (XDP_PASS), expected XDP_DROP",
  ],
  [() => expect(run).not.toHaveAction(2), "returned 2 (XDP_PASS), expected another value than 2"],
  [() => expect(shot).toHaveAction(0), "the program returned -1, expected 0"],
  [() => expect(run).not.toHaveAction("XDP_DRPO"), "'XDP_DRPO' is no return value of a program"],
  [
    () => expect(run).toHavePacket(Uint8Array.of(1, 9, 3)),
    "the packet has 0203 at byte 1, expected 0903",
  ],
  [() => expect(run).toRunWithin(11), "12 instructions ran, at most 11 expected"],
  [() => expect(run).not.toRunWithin(12), "12 instructions ran, more than 12 expected"],
  [() => expect(shot).toRunWithin(1), "load the object with { coverage: true }"],
  [
    () => expect(object).toVerifyWithin({ program: "count", instructions: 40 }),
    "the verifier processed 41 instructions of count, at most 40 expected",
  ],
])("a failure says what is and what was expected %#", (body, message) => {
  expect(body).toThrow(message);
});
