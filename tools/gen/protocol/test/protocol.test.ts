// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { emitC, emitTs } from "../emit-protocol.mjs";

const root = new URL("../../../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");
const protocol = JSON.parse(read("packages/kernel-native/native/protocol.json"));

function run(tool: string, args: readonly string[], env: Record<string, string> = {}) {
  const script = fileURLToPath(new URL(`tools/gen/protocol/${tool}`, root));
  return spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

describe("protocol.json", () => {
  test("matches the committed files", () => {
    expect(read("packages/kernel-native/native/generated/protocol.h")).toBe(emitC(protocol));
    expect(read("packages/kernel-native/src/generated/protocol.ts")).toBe(emitTs(protocol));
    expect(run("gen-protocol.mjs", ["--check"]).status).toBe(0);
  });

  test("every number is used once", () => {
    for (const list of ["ops", "statuses", "rules", "helloFlags", "argKinds"]) {
      const values = protocol[list].map((member: { value: number }) => member.value);
      expect(new Set(values).size).toBe(values.length);
    }
  });

  test("holes and unknown types are refused", () => {
    const withStruct = (fields: readonly [string, string][]) => ({
      ...protocol,
      structs: { x: { what: "", fields } },
    });
    expect(() =>
      emitTs(
        withStruct([
          ["a", "u32"],
          ["b", "u64"],
        ]),
      ),
    ).toThrow("x.b is not aligned");
    expect(() =>
      emitC(
        withStruct([
          ["a", "u64"],
          ["b", "u32"],
        ]),
      ),
    ).toThrow("x ends with a hole");
    expect(() => emitC(withStruct([["a", "u16"]]))).toThrow("x.a: no type u16");
  });
});

test("an unknown option prints the usage and exits with 2", () => {
  expect(run("gen-protocol.mjs", ["--fast"]).status).toBe(2);
});
