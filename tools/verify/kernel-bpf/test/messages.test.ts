// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { MessageCounts, messageOf, messagesFile, patternOf } from "../lib/messages.mjs";

const log = (message: string): string =>
  `0: R1=ctx() R10=fp0\n0: (bf) r2 = r10          ; R2_w=fp0\n; source @ a.c:1\n${message}\nprocessed 1 insns`;
const accepted = { verdict: "accepted", log: "" };
const refused = (message: string) => ({ verdict: "refused", log: log(message) });

test("the message of a log is neither a state nor a source line", () => {
  expect(messageOf(log("R2 pointer -= pointer prohibited"))).toBe(
    "R2 pointer -= pointer prohibited",
  );
  expect(messageOf("")).toBeUndefined();
});

test.each([
  ["R2 pointer -= pointer prohibited", "R%d pointer -= pointer prohibited"],
  [
    "invalid indirect read from stack R2 off -8+0 size 8",
    "invalid indirect read from stack R%d off %d+%d size %d",
  ],
  ["variable off=(0x0; 0x7) id=3", "variable off=(%d; %d) id=%d"],
  ["helper bpf_trace_printk#6", "helper bpf_trace_printk#%d"],
])("the pattern of %j has no number", (message, pattern) => {
  expect(patternOf(message)).toBe(pattern);
});

test("only messages that the capability removed are listed, with both counts", () => {
  const counts = new MessageCounts();
  counts.add(accepted, refused("R1 leaks addr into map"));
  counts.add(accepted, refused("R2 leaks addr into map"));
  counts.add(refused("R3 leaks addr into map"), undefined);
  counts.add(refused("R0 !read_ok"), undefined);
  counts.add(accepted, accepted);
  counts.add(accepted, { verdict: "refused", log: "" });
  expect(counts.rows()).toEqual([["R%d leaks addr into map", { cured: 2, always: 1 }]]);
  expect(messagesFile(counts.rows(), { programs: 6, release: "6.12.1" })).toContain(
    '\n  ["R%d leaks addr into map", 2, 1],\n',
  );
});
