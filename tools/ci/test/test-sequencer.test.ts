// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { rankOf, TestSequencer } from "../test-sequencer.mjs";

const names = [
  "packages/uapi/test/short.test.ts",
  "tools/publish/cli/test/deb.full.test.ts",
  "packages/conformance/test/guest/guests.node.full.test.ts",
  "packages/conformance/test/guest/guest-uml.node.test.ts",
];

test("guests come first, then what only the full run takes", () => {
  expect(names.map((name) => rankOf(`/clone/${name}`))).toEqual([2, 1, 0, 0]);
});

/** What Vitest gives to a sequencer, as far as it reads it. */
function sorted(measured: readonly string[]) {
  const config = { root: "/clone", isolate: false, sequence: { groupOrder: 0 } };
  const cache = {
    getFileTestResults: (key: string) =>
      measured.includes(key) ? { failed: false, duration: 1 } : undefined,
    getFileStats: () => ({ size: 1 }),
  };
  const project = { name: "node", config };
  const files = names.map((name) => ({ project, moduleId: `/clone/${name}` }));
  const context = { config, cache } as unknown as ConstructorParameters<typeof TestSequencer>[0];
  return new TestSequencer(context).sort(files as never) as Promise<{ moduleId: string }[]>;
}

test("a clone without measurements runs long files first", async () => {
  const order = (await sorted([])).map(({ moduleId }) => names.indexOf(moduleId.slice(7)));
  expect(order).toEqual([2, 3, 1, 0]);
});

test("with measurements, the order is Vitest's", async () => {
  const order = (await sorted([`node:${names[0]}`])).map(({ moduleId }) =>
    names.indexOf(moduleId.slice(7)),
  );
  expect(order).toEqual([0, 1, 2, 3]);
});
