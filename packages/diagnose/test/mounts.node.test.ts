// SPDX-License-Identifier: MIT
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collectFacts } from "../src/node/index.ts";
import { readMounts } from "../src/node/mounts.ts";
import { fill, machine } from "./machine.ts";

const bpf = (device: string, place: string): string => `1 2 ${device} / ${place} rw - bpf b rw\n`;
const other = (place: string): string => `1 2 9:9 / ${place} rw - tmpfs t rw\n`;

/** Writes mountinfo and returns its path. */
function file(text: string): string {
  const { proc } = machine();
  fill(`${proc}/4711`, { mountinfo: text });
  return join(proc, "4711/mountinfo");
}

describe("readMounts", () => {
  test("reads what the whole text has, also if a piece ends within a character", () => {
    const text = `${bpf("0:1", "/ä")}${other("/x")}${bpf("0:2", "/ü")}${other("/ä")}${bpf("0:3", "/end").trimEnd()}`;
    const { bpffs, cut } = readMounts(file(text));
    expect([bpffs.map(({ path, device }) => [path, device]), cut]).toEqual([
      [
        ["/ü", "0:2"],
        ["/end", "0:3"],
      ],
      false,
    ]);
  });

  test("reports that the end of a long file is missing, and ignores the line that is cut", () => {
    const text = `${bpf("0:1", "/a")}${bpf("0:2", "/b")}`;
    const size = Buffer.byteLength(text);
    const seen = (most: number) => {
      const { bpffs, cut } = readMounts(file(text), most);
      return [bpffs.map(({ path }) => path), cut];
    };
    expect(seen(size)).toEqual([["/a", "/b"], false]);
    expect(seen(size - 1)).toEqual([["/a"], true]);
    expect(seen(size + 1)).toEqual([["/a", "/b"], false]);
  });
});

test("collectFacts reads a mountinfo that no string can hold, and names what it skipped", () => {
  const here = machine();
  const path = join(here.proc, "4711/mountinfo");
  writeFileSync(path, bpf("0:1", "/first"));
  truncateSync(path, 600 * 1024 * 1024);
  const { bpffs, unknown } = collectFacts(4711, here);
  expect(bpffs.map(({ path }) => path)).toEqual(["/first"]);
  expect(unknown).toEqual([
    {
      fact: "BPF filesystems at the end of mountinfo",
      why: `${here.proc}/4711/mountinfo has more than 256 MiB, and doctor reads no more`,
    },
  ]);
});
