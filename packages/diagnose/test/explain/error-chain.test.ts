// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { ErrorChain } from "../../src/explain/error-chain.ts";

const take = (...lines: readonly string[]): readonly (string | undefined)[] => {
  const chain = new ErrorChain();
  return lines.flatMap((line, i) => chain.take(line, i + 1));
};
const lines = (count: number): readonly string[] => Array.from({ length: count }, () => "");
const errno = "Operation not permitted (os error 1)";

test.each([
  ["the causes of a Rust program", ["Error: failed to load", "Caused by:", `    0: ${errno}`]],
  ["a numbered report", ["   0: failed to load", `   1: ${errno}`]],
  ["a report with arrows", ["  × failed to load", `  ╰─▶ ${errno}`]],
  [
    "a line of the journal",
    ["app[7]: Error: failed to load", "app[7]: Caused by:", `app[7]:   ${errno}`],
  ],
  ["the next line", ["failed to load", errno]],
])("an error is joined with %s", (_, text) => {
  expect(take(...text)).toEqual([`failed to load: ${errno}`]);
});

test.each([
  ["a label", ["failed to load", "  what():  Operation not permitted"]],
  ["a name of C#", ["could not load", "System.IO.IOException: Operation not permitted"]],
  ["a number", ["Error: cannot load", "Caused by:", "    System error, errno: 1"]],
  ["the words of a call", ["bpf(BPF_MAP_CREATE)", "  OS message: Operation not permitted"]],
  ["lines that end with a colon", ["load program:", "\toperation not permitted"]],
])("the errno can have %s", (_, text) => {
  expect(take(...text)).toHaveLength(1);
});

test("Java prints its cause after the stack, Python before the error", () => {
  const java = [
    "failed to load",
    ...lines(50),
    "Caused by: java.io.IOException: Permission denied",
  ];
  expect(take(...java)).toEqual(["failed to load: java.io.IOException: Permission denied"]);
  const raised = "The above exception was the direct cause of the following exception:";
  const python = [
    "OSError: [Errno 1] Operation not permitted",
    "",
    raised,
    "Error: failed to load",
  ];
  expect(take(...python)).toEqual([`failed to load: ${python[0]}`]);
});

test.each([
  ["a shell that traces", ["+ tc qdisc add dev x clsact", "RTNETLINK answers: File exists"]],
  ["a prompt", ["$ tc qdisc add dev x clsact", "RTNETLINK answers: File exists"]],
  [
    "a logger",
    [
      'level=warning msg="+ tc qdisc add dev x clsact" subsys=loader',
      'level=warning msg="RTNETLINK answers: File exists" subsys=loader',
    ],
  ],
])("a command is joined with the errno after it: %s", (_, text) => {
  expect(take(...text)[0]).toContain("clsact");
  expect(take(...text)[0]).toMatch(/: RTNETLINK answers: File exists$/);
});

test("a message is not taken out of a line whose other fields have words", () => {
  const line = 'level=error msg="Operation not permitted" error="open /etc/agent.toml"';
  expect(take("failed to load", line)).toEqual([]);
});

test("a cause stands at most six lines after its error, and later lines belong to nothing", () => {
  const text = (blank: number) => ["Error: failed to load", ...lines(blank), errno];
  expect(take(...text(5))).toEqual([`failed to load: ${errno}`]);
  expect(take(...text(6))).toEqual([]);
});

test("a cause of Java stands at most 100 lines after its error", () => {
  const text = (blank: number) => ["failed to load", ...lines(blank), `Caused by: x: ${errno}`];
  expect(take(...text(99))).toHaveLength(1);
  expect(take(...text(100))).toEqual([]);
});

test("an error of Python stands at most 100 lines after its cause", () => {
  const raised = "During handling of the above exception, another exception occurred:";
  const text = (blank: number) => [errno, raised, ...lines(blank), "Error: failed to load"];
  expect(take(...text(98))).toEqual([`failed to load: ${errno}`]);
  expect(take(...text(99))).toEqual([]);
  expect(take(errno, raised, "Error: loaded", "failed to load")).toEqual([
    `failed to load: ${errno}`,
  ]);
  expect(take(errno, "Error: failed to load")).toEqual([]);
});

test("a line of more than 1000 characters is no error", () => {
  const text = (length: number) => ["failed to load ".padEnd(length, "x"), errno];
  expect(take(...text(1000))).toHaveLength(1);
  expect(take(...text(1001))).toEqual([]);
});

test("of several errors, the last two are joined, the last one first", () => {
  const found = take("failed to load", "could not attach", "cannot start", errno);
  expect(found).toEqual([`cannot start: ${errno}`, `could not attach: ${errno}`]);
});

test.each([
  ["nothing failed", ["the program is loaded", errno]],
  ["there is no error", ["Caused by:", errno]],
  ["the line has words of its own", ["failed to load", "open /etc/agent.toml: permission denied"]],
  ["another errno came first", ["failed to load", "open /x: no such file or directory", errno]],
])("nothing is joined if %s", (_, text) => {
  expect(take(...text)).toEqual([]);
});

test("the causes of an earlier error are not those of the next one", () => {
  expect(take("Error: the first", "Caused by:", "Error: the second", errno)).toEqual([
    `the second: ${errno}`,
  ]);
});
