// SPDX-License-Identifier: MIT
import * as loader from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { knownLoaderDifference } from "@bpf-token/scenario/known";
import { expect, type TestContext, test } from "vitest";
import { fixture as loaderFixture } from "../../../../packages/loader/test/compile.ts";
import { compileFixture } from "../../../../packages/object/test/compile.mjs";
import { carve } from "../lib/carve.mjs";
import { compare } from "../lib/compare.mjs";
import { planned } from "../lib/planned.mjs";
import { onlyOurs } from "../lib/verdicts.mjs";

function fixture(context: TestContext, name: string): Uint8Array {
  const file = compileFixture(name);
  return file ?? context.skip("comparison with libbpf: no clang found to compile objects");
}

type Change = (theirs: ReturnType<typeof agreeing>) => void;

const kernel = {
  btf: object.Btf.parse(object.encodeBtf([])),
  processors: 2,
  release: "6.18.44",
};

/** Calls of libbpf that are equal to ours. */
function agreeing(file: Uint8Array) {
  const spec = object.parseObject(file, { name: "fixture.o" });
  const { btfs, maps, programs } = planned(loader, kernel, spec);
  return {
    file: "/somewhere/fixture.o",
    error: 0,
    btfs: btfs.slice(0, 1).map((bytes) => bytes.slice()),
    maps,
    programs: programs.map((program) => ({
      ...program,
      funcInfo: program.funcInfo.slice(),
      lineInfo: program.lineInfo.slice(),
      maps: new Map(Array.from(program.names, ([fd, name]) => [name, fd])),
    })),
  };
}

const run = (file: Uint8Array, theirs: ReturnType<typeof agreeing>, version?: string) =>
  compare({ object, loader }, kernel, file, theirs, version);

test("equal calls have no difference, and everything is compared", (context) => {
  const file = fixture(context, "maps");
  expect(run(file, agreeing(file))).toEqual({
    compared: { opens: 1, btfs: 1, maps: 12, programs: 1 },
    differences: [],
  });
});

const changes: readonly (readonly [kind: string, Change])[] = [
  ["btf", ({ btfs: [btf] }) => btf?.fill(1, 100, 101)],
  ["instructions", ({ programs: [program] }) => program?.insns.fill(1, 9, 10)],
  ["func_info", ({ programs: [program] }) => program?.funcInfo.fill(9, 4, 5)],
  ["line_info", ({ programs: [program] }) => program?.lineInfo.fill(9, 4, 5)],
  ["attributes", ({ programs: [program] }) => Object.assign(program ?? {}, { flags: 77 })],
  ["map", ({ maps: [map] }) => Object.assign(map ?? {}, { valueSize: 77 })],
  ["map", ({ maps: [map] }) => Object.assign(map ?? {}, { name: "nobody's" })],
  ["only we", (theirs) => Object.assign(theirs, { error: -22 })],
];

test("reports a single difference", (context) => {
  const file = fixture(context, "maps");
  for (const [kind, change] of changes) {
    const theirs = agreeing(file);
    change(theirs);
    expect(run(file, theirs).differences.map((one) => one.kind)).toEqual([kind]);
  }
});

test("a program whose section name is newer than libbpf has a kind of its own", (context) => {
  const file = loaderFixture(context, "newer");
  const theirs = agreeing(file);
  const kinds = (version?: string) =>
    run(file, theirs, version).differences.map(({ kind }) => kind);
  expect(kinds("1.5")).toEqual([]);
  const multi = theirs.programs.find(({ name }) => name === "fentry_multi");
  Object.assign(multi ?? {}, { type: 0 });
  expect(["1.5", "1.7", "1.8", undefined].map(kinds)).toEqual([
    ...[["section name of libbpf 1.8"], ["section name of libbpf 1.8"]],
    ...[["attributes"], ["attributes"]],
  ]);
  const explained = (version: string) =>
    knownLoaderDifference("calls", "section name of libbpf 1.8", version)?.id;
  expect(["1.7", "1.8"].map(explained)).toEqual(["libbpf.sections-of-eight", undefined]);
});

test("a file that both refuse is no difference, one that only libbpf opens is", () => {
  const nothing = { file: "x.o", error: 0, btfs: [], maps: [], programs: [] };
  const kinds = (error: number) =>
    run(new Uint8Array(64), { ...nothing, error }).differences.map(({ kind }) => kind);
  expect([kinds(-22), kinds(0)]).toEqual([[], ["only libbpf"]]);
});

test("the registry describes some kinds of differences, and no others", () => {
  const explained = (kind: string) => knownLoaderDifference("calls", kind)?.id;
  expect(["legacy maps", "big-endian", "struct_ops"].map(explained)).toEqual([
    "libbpf.legacy-maps",
    "libbpf.big-endian",
    "libbpf.struct-ops",
  ]);
  const others = [...new Set(changes.map(([kind]) => kind)), "only libbpf", onlyOurs];
  expect(others.filter((kind) => explained(kind) !== undefined)).toEqual([]);
});

test("finds objects inside other files, and nothing else", (context) => {
  const file = Buffer.from(fixture(context, "core"));
  const other = Buffer.from(file);
  other.writeUInt16LE(62, 18);
  const junk = Buffer.from("\x7fELF and \x7fEL, but no object\x7fELF", "latin1");
  const found = carve(Buffer.concat([junk, file, junk, other, file, junk]));
  expect(found.map((one: Buffer) => one.equals(file))).toEqual([true, true]);
  expect(carve(file.subarray(0, file.length - 1))).toEqual([]);
});
