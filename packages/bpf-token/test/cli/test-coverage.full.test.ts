// SPDX-License-Identifier: MIT
// The lines that the modules count, compared with a count by hand, and with counters in the programs
// that `bpftool prog run` runs on the running kernel.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { bpfKernelFolder, bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LineCoverage, loadForTest } from "../../src/program-test/index.ts";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";

const built = bpfKernelReleases();
const source = readFileSync(new URL("../fixtures/lines.bpf.c", import.meta.url), "utf8").split(
  "\n",
);

/** A frame with a type and further bytes. */
const frame = (type: number, more: number[]): Uint8Array =>
  Uint8Array.from([...Array(12).fill(2), type >> 8, type & 255, ...more]);

const six = [1, 2, 3, 4, 5, 6];
const runs: readonly (readonly [program: string, packet: Uint8Array, repeat: number])[] = [
  ["sort", frame(0x0800, six), 3],
  ["sort", frame(0x0806, six), 2],
  ["sort", frame(0x86dd, six), 1],
  ["sort", frame(0x0800, [1, 2]), 4],
  ["sum", frame(0x1234, [1, 2, 3, 4, 5, 7, 9, 11]), 1],
  ["sum", frame(0x1234, six), 2],
  ["first", frame(0x1234, six), 5],
  ["first", frame(0x1234, [...six, 7, 8]), 3],
];

/** How often each line with HERE runs, counted by hand from `runs`. */
const byHand: Readonly<Record<string, number>> = {
  "all++; HERE": 3 + 2 + 1 + 4,
  "shorts++; HERE": 4,
  "bytes += data[13]; HERE": 3 + 2 + 1,
  "internet++; HERE": 3,
  "arps++; HERE": 2,
  "others++; HERE": 1,
  "odd++; HERE": 6 + 2 * 3,
  "even++; HERE": 2 + 2 * 3,
  "u8 byte = i; HERE": 8 + 2 * 7,
  "missed++; HERE": 2,
  "ones += parity(byte); HERE": 8 + 2 * 6,
  "big++; HERE": 3,
  "small++; HERE": 5,
  "started++; HERE": 5 + 3,
  "lost++; HERE": 0,
};

/** The number of a line, which stands once in the source. */
function numberOf(text: string): number {
  const found = source.flatMap((line, i) => (line.trim() === text ? [i + 1] : []));
  expect([text, found.length]).toEqual([text, 1]);
  return found[0] ?? 0;
}

/** The lines with HERE and their counts. */
function marked(counts: (line: number) => number | undefined): Record<string, number | undefined> {
  const texts = source.map((line) => line.trim()).filter((line) => line.endsWith("; HERE"));
  return Object.fromEntries(texts.map((text) => [text, counts(numberOf(text))]));
}

describe.each(built.length > 0 ? built : ["6.12"])("coverage on Linux %s", (release) => {
  test("has the counts of a count by hand", (context) => {
    context.skip(built.length === 0, "coverage: no module of Linux was built");
    const kernel = createBpfKernel(readBpfKernel(release, bpfKernelFolder()));
    const bytes = readFileSync(compiled(context, "lines"));
    using object = loadForTest(bytes, { kernel, coverage: true });
    object.map("next").set(0, object.collection.program("second").fd.fd);
    for (const [program, packet, repeat] of runs) object.run(program, { packet, repeat });
    const lines = new Map<number, LineCoverage>(object.coverage().map((one) => [one.line, one]));
    expect(marked((line) => lines.get(line)?.ran)).toEqual(byHand);
    const short = lines.get(numberOf("if (data + 20 > end) {"));
    expect(short?.branches.map(({ jumped, passed }) => [jumped, passed].sort())).toEqual([[4, 6]]);
  });
});

describeNative("counters in the programs on the running kernel", ["bpftool", "unshare"], () => {
  test("have the counts of a count by hand", (context) => {
    const object = compiled(context, "lines", ["-DCOUNT"]);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-coverage-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const commands = runs.map(([program, packet, repeat], i) => {
      writeFileSync(join(folder, `${i}`), packet);
      return `bpftool prog run pinned fs/p/${program} data_in ${i} repeat ${repeat} >&2`;
    });
    // A namespace of its own has the mount, so that its end removes what is pinned.
    const script = [
      ...["mkdir fs", "mount -t bpf none fs"],
      `bpftool prog loadall ${object} fs/p pinmaps fs/m`,
      "bpftool map update pinned fs/m/next key 0 0 0 0 value pinned fs/p/second",
      ...[...commands, "bpftool -j map dump pinned fs/m/*bss"],
    ];
    const command = ["--mount", "sh", "-ec", script.join("\n")];
    const { status, stdout, stderr } = spawnSync("unshare", command, {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
    const [{ formatted }] = JSON.parse(stdout);
    const { lines } = formatted.value[".bss"].find((one: object) => "lines" in one);
    expect(marked((line) => lines[line])).toEqual(byHand);
  });
});
