// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

/** Texts that took time with the square or the cube of their length: each start, then a word. */
const pumps = [
  ["cgroup ", "attach"],
  ["bpf ", "attach"],
  ["bpf ", "remov"],
  ["bpf extern ksym ", "extern ksym "],
  ["bpf ", "create token "],
] as const;

test.each(pumps)("a megabyte of %j and %j is explained, with the line after it", (start, word) => {
  const long = start + word.repeat(2 ** 20 / word.length);
  const short = `${start + word.repeat(4000 / word.length)}\n`.repeat(256);
  for (const text of [long, short]) {
    const { candidates, lines } = explainText(`${text}\nlibbpf: failed to find valid kernel BTF`);
    expect(candidates.map(({ id }) => id)).toEqual(["explain.btf_missing", "explain.btf_newer"]);
    expect(lines).toBe(text.split("\n").length + 1);
  }
});

const message = "failed (-2) to create BPF token from '/sys/fs/bpf'";

test("a rule finds its text wherever it is in a long line", () => {
  for (let before = 0; before < 12_000; before += 500) {
    const line = `bpf ${"x".repeat(before)} ${message} ${"y".repeat(20_000)}`;
    expect(explainText(line).candidates[0]?.id, `${before}`).toBe("token.create.delegation");
  }
});

test("the parts of a text may be far apart in a line of 4 kB", () => {
  const line = (space: number) => `bpf map ${"x".repeat(space)} Operation not permitted`;
  expect(explainText(line(4_000)).candidates[0]?.id).toBe("map.create.sysctl");
});

test.each([
  ["prog_run", "the SELinux policy denies prog_run of class bpf"],
  ["map_read map_write", "the SELinux policy denies map_read map_write of class bpf"],
  ["prog_run \0\u009b", undefined],
])("a sentence takes only words from an AVC line: %j", (words, says) => {
  const line = `type=AVC avc:  denied  { ${words} } for pid=1 tclass=bpf permissive=0`;
  const { candidates } = explainText(line);
  expect(candidates[0]?.id).toBe("explain.selinux");
  const text = JSON.stringify(candidates[0]);
  expect(text).not.toContain(String.raw`\u0000`);
  if (says !== undefined) expect(text).toContain(says);
});
