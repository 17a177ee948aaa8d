// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { Insn, ProgType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import * as object from "../src/index.ts";
import { compile } from "./clang.ts";
import { instructions } from "./instructions.ts";
import { int } from "./int-type.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** Runs the README's example and returns its variables. */
function run(given: Readonly<Record<string, unknown>>, wanted: readonly string[]): unknown[] {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = code.replace(/^import (\{.*\}) from .*$/m, "const $1 = object;");
  const parameters = ["object_", ...Object.keys(given)];
  const lines = `const package_ = object_;\n${body.replace("= object;", "= package_;")}`;
  return new Function(...parameters, `${lines}\nreturn [${wanted}];`)(
    object,
    ...Object.values(given),
  );
}

test("the README's example works", (context) => {
  const given = {
    bytes: compile(context, "programs"),
    vmlinux: object.encodeBtf([int, { kind: "VAR", name: "runqueues", type: 1, linkage: 1 }]),
    descriptors: { ".kconfig": 5 },
  };
  const [maps, program, insns] = run(given, ["maps", "program", "insns"]);
  expect(maps).toEqual(["array 4 8", ".kconfig 4 13"]);
  expect(program).toMatchObject({ name: "calls", type: ProgType.XDP });
  const loads = instructions(insns as Uint8Array).filter(({ code }) => code === 0x18);
  expect(loads.map(({ src, imm }) => [src, imm])).toEqual([
    [Insn.PSEUDO_MAP_VALUE, 5],
    [Insn.PSEUDO_BTF_ID, 2],
  ]);
});
