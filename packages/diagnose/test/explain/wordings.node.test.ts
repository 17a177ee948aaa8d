// SPDX-License-Identifier: MIT
// The same failure in other words: with the marks of loggers, with translated messages and with numbers.
import { Errno } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { cases } from "./cases.ts";
import { chinese, german } from "./errno-translations.ts";
import { type Mark, mark } from "./judgement.ts";

const names: Readonly<Record<string, keyof typeof Errno>> = {
  "Operation not permitted": "EPERM",
  "Permission denied": "EACCES",
  "Invalid argument": "EINVAL",
  "No such file or directory": "ENOENT",
  "Operation not supported": "EOPNOTSUPP",
  "Device or resource busy": "EBUSY",
  "Argument list too long": "E2BIG",
  "No such process": "ESRCH",
};
const replaced = (words: Readonly<Record<string, string>>) => (text: string) =>
  Object.entries(words).reduce(
    (changed, [from, to]) => changed.replaceAll(new RegExp(from, "gi"), to),
    text,
  );
const numbered = Object.fromEntries(
  Object.entries(names).map(([text, name]) => [text, `errno: ${Errno[name]}`]),
);
const inEachLine = (change: (line: string) => string) => (text: string) =>
  text.split("\n").map(change).join("\n");

const wordings: readonly (readonly [what: string, change: (text: string) => string])[] = [
  ["the journal", inEachLine((line) => `Jun 02 11:52:37 host1 loader[13871]: ${line}`)],
  ["docker compose", inEachLine((line) => `agent-1  | ${line}`)],
  ["a quotation", inEachLine((line) => `> ${line}`)],
  ["an indented block", inEachLine((line) => `      ${line}`)],
  ["lines of Windows", inEachLine((line) => `${line}\r`)],
  ["glog", inEachLine((line) => `E0520 13:46:45.374631 2907970 main.cc:47] ${line}`)],
  ["JSON", inEachLine((line) => JSON.stringify({ level: "error", ts: 1.5, msg: line }))],
  ["logfmt", inEachLine((line) => `time="2024-05-24" level=error msg=${JSON.stringify(line)}`)],
  ["containerd", inEachLine((line) => `2024-05-24T07:36:24.897506829Z stderr F ${line}`)],
  ["German", replaced(german)],
  ["Chinese", replaced(chinese)],
  ["names of errnos", replaced(names)],
  ["numbers", replaced(numbered)],
];

const judged = cases.filter((one) => one.judged !== undefined);

test.each(wordings)("%s changes few answers, and none to a wrong and certain one", (_, change) => {
  const marks = judged.map((one): Mark => mark(one, change(one.text)));
  const good = marks.filter((one) => one === "right" || one === "honest").length;
  expect(judged.length).toBeGreaterThan(300);
  expect(good / judged.length).toBeGreaterThanOrEqual(0.97);
  expect(marks).not.toContain("wrong and certain");
});
