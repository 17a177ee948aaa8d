// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyFixes, type LintFinding, lintFindings, lintText } from "../../src/lint/index.ts";
import { neededBy } from "../../src/lint/needed.ts";

const parts = fc.constantFrom(
  ...[
    "delegate_cmds=map_create,prog_load ",
    "delegate_maps=hash:010,",
    "a/delegate_maps=hash,array ",
  ],
  ...["\nBPFDelegateMaps=BPFMapTypeHash BPFMapTypeArray", "security.bpffs.delegate_maps: hsh\n"],
  ...[
    "delegate_cmds=",
    "BPFDelegateMaps=",
    "security.bpffs.delegate_maps",
    "a/delegate_progs",
    "=",
  ],
  ...[
    "--annotation ",
    "map_create",
    "hash",
    "BPFMapTypeHash",
    "any",
    "010",
    "BPF_MAP_TYPE_HASH",
    ":",
  ],
  ...[
    ",",
    " ",
    "\n",
    "\r\n",
    "\\\n",
    "# ",
    ";",
    '"',
    "'",
    "`",
    "[",
    "]",
    "{{",
    "}}",
    "${",
    "}",
    "---\n",
  ],
  ...[
    "```\n",
    "[Service]\n",
    "podman run ",
    "systemd-run -p ",
    "mount -t bpf -o ",
    "\u0000",
    "\u0001",
  ],
);
const text = fc
  .array(fc.oneof(parts, fc.string({ maxLength: 3, unit: "grapheme" })), { maxLength: 30 })
  .map((list) => list.join(""));

test("any text has findings at places in it, and fixes that end", () => {
  let found = 0;
  fc.assert(
    fc.property(text, fc.constantFrom("a.sh", "a.md", "a.service", "a.yaml"), (given, path) => {
      const results = lintText(path, given, { auditor: true });
      found += results.length;
      for (const { line, column, source, range } of results) {
        const [at, end] = range;
        expect(0 <= at && at <= end && end <= given.length).toBe(true);
        const lines = given.split("\n");
        expect(source).toBe(lines[line - 1]?.trimEnd());
        expect(lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + column - 1).toBe(
          at,
        );
      }
      const { text: fixed, rest } = applyFixes(given, results);
      expect(rest.length === results.length).toBe(fixed === given);
    }),
    { numRuns: 3000 },
  );
  expect(found).toBeGreaterThan(1000);
});

test("fixes that touch are all written", () => {
  const text = "delegate_maps=hash,array,lpm_trie";
  expect(applyFixes(text, lintText("run.sh", text)).text).toBe("delegate_maps=hash:array:lpm_trie");
});

test("'any' needs the capabilities of no type", () => {
  expect(neededBy({ progs: "any", maps: "any" })).toEqual(["bpf"]);
  expect(neededBy({ progs: ["xdp"] })).toEqual(["bpf", "net_admin"]);
});

const MiB = 1 << 20;

test.each([
  ["delegations", "run.sh", "delegate_maps=hash\n"],
  ["mounts without a mistake", "run.sh", `${lintFindings[0]?.good.text}`],
  ["annotations", "pod.yaml", 'a/delegate_maps: "hash"\n'],
  ["blocks", "page.md", "```\ndelegate_maps=hash\n```\n"],
])("a file of 1 MiB with %s is judged in part, which a finding reports", (_, path, text) => {
  const results = lintText(path, text.repeat(Math.ceil(MiB / text.length)));
  expect(results.length).toBeLessThanOrEqual(1001);
  const [found, ...others] = results.filter(({ finding }) => finding.id === "lint.too_many");
  expect(others).toEqual([]);
  expect(found?.text).toContain("so the rest is not judged; split it");
  expect(found?.range[0]).toBeGreaterThan(0);
});

const whole = `${"hash:".repeat(800)}hash`;

test.each([
  ["keys inside a word", "a.service", "BPFDelegateCommands=any,".repeat(MiB / 24), 1001],
  ["a long variable", "run.sh", `v=${whole}\n${"delegate_maps=$v\n".repeat(MiB / 17)}`, 1001],
  ["names of another option", "run.sh", `delegate_maps=${whole}${",hash".repeat(MiB / 5)}`, 1001],
  ["comments that a backslash ends", "run.sh", "# bpf-token: ignore \\\n".repeat(MiB / 22), 0],
  ["blocks that do not end", "x.md", "<!-- bpf-token: ignore -->\n```a\n".repeat(MiB / 32), 0],
])("1 MiB of %s is judged in time in proportion to its length", (_, path, text, most) => {
  expect(lintText(path, text).length).toBeLessThanOrEqual(most);
});

test("one delegation of 1 MiB with a mistake in each word", () => {
  const text = `delegate_maps=hash${",array".repeat(MiB / 6)}`;
  const results = lintText("run.sh", text);
  expect(results).toHaveLength(1001);
  const { text: fixed, rest } = applyFixes(text, results);
  expect(rest).toHaveLength(1);
  expect(fixed.startsWith(`delegate_maps=hash${":array".repeat(1000)},array`)).toBe(true);
});

test("ten thousands of fixes and of comments are applied in linear time", () => {
  const text = "010\n".repeat(50_000);
  const [finding] = lintFindings.filter(({ safe }) => safe);
  const results = Array.from({ length: 50_000 }, (_, i) => ({
    ...{ finding: finding as LintFinding, path: "x", line: i + 1, column: 1, source: "010" },
    ...{ range: [i * 4, i * 4 + 3] as const, text: "", fix: "0x8" },
  }));
  expect(applyFixes(text, results).text).toBe("0x8\n".repeat(50_000));
  const comments = "<!-- bpf-token: ignore -->\n".repeat(MiB / 27);
  expect(lintText("x.md", `${comments}\`\`\`\ndelegate_maps=hsh\n\`\`\`\n`)).toEqual([]);
});
