// SPDX-License-Identifier: MIT
import { plan } from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { expect, type TestContext, test } from "vitest";
import { compileFixture } from "../../../../packages/object/test/compile.mjs";
import { exercise, fixtures } from "../lib/exercise.mjs";
import { fuzz } from "../lib/fuzz.mjs";
import { mutator, randomNumbers } from "../lib/mutate.mjs";

function seeds(context: TestContext): Uint8Array[] {
  const files = fixtures.map(compileFixture).filter((file) => file !== undefined);
  if (files.length === 0) context.skip("broken BPF objects: no clang found to compile valid ones");
  return files;
}

test("2,000 broken objects cause only ObjectFormatError, within the time and size limits", (context) => {
  const { found, read } = fuzz({ ...object, plan }, seeds(context), { runs: 2000, seed: 1 });
  expect(found.map(({ run, wrong }) => `${run}: ${wrong}`)).toEqual([]);
  // Most files must get past the header, else the test covers little.
  expect(read).toBeGreaterThan(1000);
});

test("a run can be repeated by its number", (context) => {
  const broken = mutator(object, seeds(context));
  expect(broken(randomNumbers(7))).toEqual(broken(randomNumbers(7)));
  expect(broken(randomNumbers(7))).not.toEqual(broken(randomNumbers(8)));
});

test("reports another error, a slow file and a large result", (context) => {
  const [file = new Uint8Array()] = seeds(context);
  const target = object.Btf.parse(object.encodeBtf([]));
  const wrong = (parseObject: (file: Uint8Array) => object.ObjectSpec) =>
    exercise({ ...object, parseObject }, file, target);
  expect(wrong(object.parseObject)).toBeUndefined();
  const fails = (): never => {
    throw new RangeError("out of bounds");
  };
  expect(wrong(fails)).toContain("RangeError: out of bounds");
  expect(exercise({ ...object, plan: fails }, file, target)).toContain("RangeError: out of bounds");
  expect(
    wrong((bytes) => {
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 1_010_000);
      return object.parseObject(bytes);
    }),
  ).toMatch(/^took \d{4} ms/);
  const large = { insns: new Uint8Array(11 * file.length) };
  const inflated = (bytes: Uint8Array) => {
    const spec = object.parseObject(bytes);
    return { ...spec, functions: spec.functions.map((one) => ({ ...one, ...large })) };
  };
  expect(wrong(inflated)).toContain("bytes became");
});
