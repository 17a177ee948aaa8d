// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { marked } from "../../lib/marked.mjs";
import { root } from "../../lib/run.mjs";
import { bpfTable } from "../lib/bpf-table.mjs";
import { row } from "../lib/stats.mjs";

const of = (title: string, factor: number) => [
  row(`${title}: load + close, 2 instructions`, "ns", [10_000 * factor]),
  row(`${title}: load + close, 2,002 instructions processed`, "ns", [200_000 * factor]),
];
const rows = [
  row("bpf 6.12: module, gzip -9", "bytes", [440_466]),
  row("bpf 6.12: boot", "ms", [31, 29]),
  row("bpf 6.12: page in Chromium, boot", "ms", [51, 50]),
  row("bpf 6.12: loads next to running kernel", "×", [3, 1.25, 1]),
  ...of("bpf 6.12", 1.5),
  row("bpf 6.12: 1,000 test runs", "ms", [600]),
  row("running kernel: 1,000 test runs", "ms", [200]),
  row("bpf 6.12: memory after boot", "bytes", [20_700_000]),
  row("bpf 6.12: growth after 100000 loads", "bytes", [0]),
  ...of("running kernel", 1),
];

test("the table has the figures of each module and the ratio to the running kernel", () => {
  expect(bpfTable(rows).split("\n")).toEqual([
    "|  | Linux 6.12 |",
    "| --- | --- |",
    "| module with gzip | 440 kB |",
    "| boot with the whole BTF, best of 11 | 29 ms |",
    "| the same in a page of Chromium | 50 ms |",
    "| load and close, 2 instructions, median of warm loads | 15 µs |",
    "| the same, compared with the running kernel | 1.5 × |",
    "| load and close, 2,002 instructions processed, median of warm loads | 300 µs |",
    "| the same, compared with the running kernel | 1.5 × |",
    "| programs of objects, compared with the running kernel, median | 1.3 × |",
    "| 1,000 test runs of 200 instructions, each on a restored kernel | 600 ms |",
    "| the same, compared with a load and a run each on the running kernel | 3.0 × |",
    "| memory after boot | 20.7 MB |",
    "| growth after 100,000 loads | 0.0 MB |",
  ]);
});

test("a figure that was not measured is no table", () => {
  const some = rows.filter(({ name }) => !name.startsWith("running kernel"));
  expect(() => bpfTable(some)).toThrow("'running kernel: load + close, 2 instructions'");
});

test("docs/verify.md has the rows of the table", () => {
  const page = marked(readFileSync(`${root}docs/verify.md`, "utf8"), "bench").split("\n");
  const titles = (lines: string[]) => lines.map((line) => line.split("|")[1]?.trim());
  expect(titles(page)).toEqual(titles(bpfTable(rows).split("\n")));
});
