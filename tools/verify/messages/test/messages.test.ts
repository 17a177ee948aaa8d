// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explainText } from "../../../../packages/diagnose/src/index.ts";
import { extractPackage, literalsOf, stringsOf } from "../lib/extract.mjs";
import { isTooCertain, isUnknown, judgePackage, unusedPatterns } from "../lib/judge.mjs";
import { instantiate, reportsPermission } from "../lib/select.mjs";

test("the strings of a program end with a zero byte, and a usage text is none", () => {
  const usage = "usage\n".repeat(9);
  const bytes = Buffer.from(
    `\u0001failed: %s\nsecond line\0no end here${usage}\0short\0tail of file`,
  );
  expect(stringsOf(bytes)).toEqual(["failed: %s", "second line"]);
});

test.each([
  ["go", 'return fmt.Errorf("load \\"x\\": %w", err)', ['load "x": %w']],
  ["go", "x := strings.TrimPrefix(a, `prefix of a name`)", []],
  [
    "rust",
    '#[error("cannot load {name}")]\nLoad { name: String, io_error: io::Error },',
    ["cannot load {name}: %w"],
  ],
  ["rust", '#[error("unknown section {0}")]\nUnknown(String),', ["unknown section {0}"]],
  ["python", 'raise Exception("Failed to attach to %s" % name)', ["Failed to attach to %s"]],
] as const)("the literals of %s: %s", (kind, source, found) => {
  expect(literalsOf(kind, source)).toEqual(found);
});

test.each([
  ["failed to load BPF skeleton '%s': %s", true],
  ["%s - Failed to load bpf program", true],
  ["get token: %w", true],
  ["skipping module BTFs loading, missing privileges", true],
  ["failed to parse '%s' as integer: %d", false],
  ["Loaded %d programs", false],
  ["--pid=PID  trace as root", false],
])("'%s' reports a step that can be refused: %s", (text, answer) => {
  expect(reportsPermission(text)).toBe(answer);
});

test.each([
  [
    "map '%s': failed to create: %s",
    "elf",
    "map 'name': failed to create: Operation not permitted",
  ],
  ["fd %d (%zu%%), error %d", "elf", "fd 7 (7%), error -1"],
  ["%s - Failed to load %s", "elf", "Operation not permitted - Failed to load name"],
  ["load %q at %s: %w", "go", "load name at name: operation not permitted"],
  ["loading {name}: %w", "rust", "loading name: Operation not permitted (os error 1)"],
])("the placeholders of '%s' (%s) become '%s'", (text, kind, result) => {
  expect(instantiate(text, kind)).toBe(result);
});

test("a message is known, irrelevant or unknown", () => {
  const folder = mkdtempSync(join(tmpdir(), "messages-"));
  try {
    mkdirSync(join(folder, "bpf"));
    writeFileSync(
      join(folder, "bpf/tool"),
      [
        "bpf create `%s`",
        "bpf weather needs CAP_BPF: %s",
        "bpf seccomp: %s",
        "other: CAP_PERFMON",
      ].join("\0") + "\0",
    );
    const version = { folder, kind: "elf", about: "bpf", append: ": %m" };
    expect(extractPackage(version)).toHaveLength(3);
    const answers = judgePackage(version, { seccomp: ["seccomp"] }, (text: string) =>
      explainText(text.replace(/.*weather.*/, "")),
    );
    expect(answers).toMatchObject([
      { text: "bpf create `name`: Operation not permitted", id: "explain.device_cgroup" },
      { reason: "seccomp" },
      { text: expect.stringContaining("weather") },
    ]);
    expect(answers.map(isUnknown)).toEqual([false, false, true]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("EPERM alone is never certain, and a pattern that no message has is reported", () => {
  const answer = { text: "x: Operation not permitted", id: "bpf.admin", confidence: "certain" };
  expect(isTooCertain(answer)).toBe(true);
  expect(isTooCertain({ ...answer, confidence: "likely" })).toBe(false);
  expect(isTooCertain({ ...answer, text: "x: not on a BPF filesystem" })).toBe(false);
  expect(unusedPatterns({ a: ["^x"], b: ["y"] }, ["x y"])).toEqual([]);
  expect(unusedPatterns({ a: ["^x"], b: ["z"] }, ["x y"])).toEqual(["z"]);
});
