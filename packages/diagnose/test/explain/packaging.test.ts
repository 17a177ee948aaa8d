// SPDX-License-Identifier: MIT
// A line has the same answer, whatever printed, collected or quoted it.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const texts = [
  "libbpf: map 'events': failed to create: Operation not permitted(-1)",
  "libbpf: prog 'x': BPF program load failed: Permission denied\nR0 invalid mem access 'scalar'\nprocessed 3 insns (limit 1000000)",
  "loading objects: field F: program p: map events: map create: operation not permitted",
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=8, max_entries=1}, 72) = -1 EPERM (Operation not permitted)",
  "BPF_TOKEN_CREATE: Operation not supported",
  "Error: bpf obj get (/sys/fs/bpf/my): Permission denied",
  "Error: the BPF_PROG_LOAD syscall failed. Verifier output: \n\nCaused by:\n    Operation not permitted (os error 1)",
  "libbpf: failed to find valid kernel BTF",
  "agent: everything is loaded",
];

const each =
  (change: (line: string) => string) =>
  (text: string): string =>
    text.split("\n").map(change).join("\n");
const before = (start: string) => each((line) => start + line);
const frames = (count: number): string =>
  Array.from({ length: count }, (_, i) => `\tat com.example.Loader.f${i}(Loader.java:${i})`).join(
    "\n",
  );
const u = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

const packagings: readonly (readonly [string, (text: string) => string])[] = [
  ["a quote of a mail", before("> ")],
  ["a quote of a quote", before(">> ")],
  ["a fence", (text) => `Hello,\n\n\`\`\`shell\n${text}\n\`\`\`\nthanks`],
  ["code of Markdown", each((line) => `\`${line}\``)],
  ["a list", before("- ")],
  ["a table of line numbers", before("   7  ")],
  ["colours", each((line) => `\u001b[31mERROR\u001b[0m \u001b[1;37m${line}\u001b[0m`)],
  ["colours without their escape", each((line) => `[31mERROR[0m ${line}[0m`)],
  ["a title of a terminal", before("\u001b]0;a title\u0007")],
  ["a link of a terminal", before("\u001b]8;;http://x.test\u001b\\")],
  ["docker compose", before("agent-1  | ")],
  ["the journal", before("Nov 30 21:42:20 host agent[123]: ")],
  ["the journal with a full time", before("2026-11-30T21:42:20+0000 host agent[123]: ")],
  ["the kernel log", before("[ 1234.567890] ")],
  ["klog", before("E0131 12:00:00.123456       1 main.go:123] ")],
  ["log4j", before("2024-01-02 03:04:05,123 ERROR [main] c.e.Main - ")],
  ["CRI", before("2024-06-23T18:22:34.664989684+03:00 stderr F ")],
  ["a workflow of GitHub", before("2024-01-02T03:04:05.1234567Z ##[error]")],
  ["kubectl logs --prefix", before("[pod/agent-abc12/agent] ")],
  [
    "kubectl describe",
    (text) =>
      `  Last State:     Terminated\n    Reason:       Error\n    Message:      ${text.replaceAll("\n", "\n      ")}\n    Exit Code:    1`,
  ],
  ["JSON", (text) => JSON.stringify({ level: "error", ts: 1.2, msg: text })],
  ["JSON with escapes", (text) => JSON.stringify({ msg: text }).replace(/['=]/g, u)],
  ["JSON in JSON", (text) => JSON.stringify({ log: JSON.stringify({ msg: text }) })],
  ["JSON with an error object", (text) => JSON.stringify({ error: { message: text } })],
  ["JSON after a prefix", (text) => `agent-1 | ${JSON.stringify({ msg: text })}`],
  ["logfmt", (text) => `level=error msg="failed" error=${JSON.stringify(text)}`],
  ["ends of Windows", (text) => `${text.replaceAll("\n", "\r\n")}\r\n`],
  ["a byte order mark", (text) => `\ufeff${text}`],
  ["spaces of a page", (text) => text.replaceAll(" ", "\u00a0")],
  ["quotes of a page", (text) => text.replaceAll("'", "\u2019")],
  ["a stack trace", (text) => `Exception in thread "main": ${text}\n${frames(400)}`],
  ["the end of a stack trace", (text) => `${frames(400)}\n${text}`],
];

const answer = (text: string): readonly (string | undefined)[] => {
  const { candidates, token } = explainText(text);
  return [candidates[0]?.id, token];
};

test.each(packagings)("%s changes no answer", (_, pack) => {
  for (const text of texts) expect([text, ...answer(pack(text))]).toEqual([text, ...answer(text)]);
});

test("the texts have different answers", () => {
  expect(new Set(texts.map((text) => answer(text)[0])).size).toBeGreaterThanOrEqual(7);
});

test("JSON is read to any depth, and as it stands if it is cut or too deep to parse", () => {
  const text = "libbpf: failed to find valid kernel BTF";
  const deep = (depth: number) =>
    `${'{"a":'.repeat(depth)}${JSON.stringify(text)}${"}".repeat(depth)}`;
  for (const depth of [1, 8, 50_000]) expect(answer(deep(depth))).toEqual(answer(text));
  expect(answer(deep(1).slice(0, -2))).toEqual(answer(text));
});

test("the audit log names the signal of a program that a filter stopped", () => {
  expect(answer("audit: comm=agent signal=SYS syscall=321")[0]).toBe("doctor.seccomp");
  expect(answer("audit: comm=agent signal=SYSTEM")[0]).toBeUndefined();
});
