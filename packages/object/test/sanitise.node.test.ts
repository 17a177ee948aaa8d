// SPDX-License-Identifier: MIT
import { expect, type TestContext, test } from "vitest";
import {
  allBtfFeatures,
  type Btf,
  type BtfFeatures,
  type BtfKind,
  type BtfType,
  parseObject,
  sanitiseBtf,
} from "../src/index.ts";
import { compile } from "./clang.ts";

function original(context: TestContext): Btf {
  const { btf } = parseObject(compile(context, "types"));
  if (btf === undefined) throw new Error("the object has no BTF");
  return btf;
}

/** A type of the original, and its replacement for a kernel without some feature. */
function replaced(
  context: TestContext,
  of: (btf: Btf) => number | undefined,
  without: Partial<BtfFeatures>,
): { was: BtfType; is: BtfType; btf: Btf } {
  const btf = original(context);
  const id = of(btf) ?? 0;
  const clean = sanitiseBtf(btf, { ...allBtfFeatures, ...without });
  return { was: btf.type(id), is: clean.type(id), btf: clean };
}

const firstOf = (kind: BtfKind) => (btf: Btf) => btf.idsOfKind(kind)[0];

test("returns the BTF unchanged for a kernel with all features", (context) => {
  const btf = original(context);
  expect(sanitiseBtf(btf, allBtfFeatures)).toBe(btf);
});

test("keeps all other types and all ids", (context) => {
  const btf = original(context);
  const clean = sanitiseBtf(btf, { ...allBtfFeatures, float: false });
  const changed = [];
  for (let id = 1; id < btf.endId; id++) {
    if (clean.kind(id) !== btf.kind(id)) changed.push(btf.kind(id));
    else expect(clean.type(id)).toEqual(btf.type(id));
  }
  expect([clean.endId, changed]).toEqual([btf.endId, ["FLOAT"]]);
});

test("without FLOAT: an empty struct of the same size", (context) => {
  const { is } = replaced(context, firstOf("FLOAT"), { float: false });
  expect(is).toEqual({ kind: "STRUCT", name: "", size: 4, flag: false, members: [] });
});

test("without VAR and DATASEC: one-byte ints, and a struct of the variables", (context) => {
  const without = { datasec: false };
  const variable = replaced(context, (btf) => btf.id("everything", "VAR"), without);
  expect(variable.is).toMatchObject({ kind: "INT", name: "everything", size: 1, bits: 8 });
  const sec = replaced(context, (btf) => btf.id(".bss", "DATASEC"), without);
  if (sec.was.kind !== "DATASEC") throw new Error("not a DATASEC");
  expect(sec.is).toMatchObject({ kind: "STRUCT", name: "_bss", size: sec.was.size });
  expect(sec.is.kind === "STRUCT" && sec.is.members).toEqual(
    sec.was.vars.map(({ type, offset }) => ({
      name: sec.btf.name(type),
      type,
      bitOffset: offset * 8,
      bitSize: 0,
    })),
  );
});

test("without FUNC: a typedef of an enum with the parameters as enumerators", (context) => {
  const func = replaced(context, (btf) => btf.id("program", "FUNC"), { func: false });
  expect(func.is).toMatchObject({ kind: "TYPEDEF", name: "program" });
  const proto = func.is.kind === "TYPEDEF" ? func.btf.type(func.is.type) : undefined;
  expect(proto).toMatchObject({ kind: "ENUM", size: 4, values: [{ name: "context" }] });
});

test("without global functions: static ones", (context) => {
  const { was, is } = replaced(context, (btf) => btf.id("program"), { globalFunc: false });
  expect([was, is]).toMatchObject([{ linkage: 1 }, { kind: "FUNC", linkage: 0 }]);
});

test("without tags: an int, and const", (context) => {
  const decl = replaced(context, firstOf("DECL_TAG"), { declTag: false });
  expect(decl.is).toMatchObject({ kind: "INT", size: 1, bits: 8 });
  const type = replaced(context, firstOf("TYPE_TAG"), { typeTag: false });
  expect(type.is).toMatchObject({ kind: "CONST", name: "" });
});

test("without ENUM64: a union whose members share a type, and unsigned enums", (context) => {
  const { is, btf } = replaced(context, (of) => of.id("big"), { enum64: false });
  expect(is).toMatchObject({
    kind: "UNION",
    size: 8,
    members: [
      { name: "HUGE_VALUE", bitOffset: 0 },
      { name: "ONE", bitOffset: 0 },
    ],
  });
  const placeholder = is.kind === "UNION" ? is.members[0]?.type : undefined;
  expect(btf.type(placeholder ?? 0)).toMatchObject({
    name: "enum64_placeholder",
    size: 1,
    bits: 8,
  });
  expect(placeholder).toBe(btf.endId - 1);
  expect(replaced(context, (of) => of.id("small"), { enum64: false }).is).toMatchObject({
    kind: "ENUM",
    signed: false,
  });
});
