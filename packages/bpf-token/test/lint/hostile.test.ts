// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyFixes, lintText } from "../../src/lint/index.ts";

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
