// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runMatrix } from "@bpf-token/conformance/matrix";
import { createKernel } from "@bpf-token/kernel-wasm";
import { checkById } from "@bpf-token/uapi";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import {
  type CompatStatement,
  type CompatTable,
  compatTable,
} from "../../../../packages/bpf-token/src/compatibility/index.ts";
import { answeredRows, needText, sortRows } from "../../../../packages/bpf-token/src/matrix.ts";
import { compatJson, compatPage } from "../page.mjs";

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url)), "utf8");
const table: CompatTable = compatTable();

test("the written files are those of the model", () => {
  expect(read("compatibility.json")).toBe(compatJson(table));
  expect(read("compatibility.md")).toBe(compatPage(table));
});

test("the file fits its schema", () => {
  const schema: unknown = JSON.parse(read("compatibility.schema.json"));
  const validate = new Ajv2020().compile(schema as object);
  validate(JSON.parse(read("compatibility.json")));
  expect(validate.errors).toBeNull();
  expect(validate({ ...table, __meta: { version: 2, releases: [] } })).toBe(false);
});

const cells = Object.values(table.bpf).flatMap((axis) =>
  Object.values(axis).flatMap(({ __compat }) => Object.values(__compat.support).flat()),
) as readonly CompatStatement[];

test("each check and each evidence exists", () => {
  const checks = new Set(cells.flatMap((cell) => cell.checks ?? []));
  expect([...checks].filter((id) => checkById(id) === undefined)).toEqual([]);
  expect(checks.size).toBeGreaterThan(8);
  const evidence = new Set(cells.flatMap((cell) => cell.evidence ?? []));
  expect([...evidence].filter((id) => table.evidence[id] === undefined)).toEqual([]);
});

test("the model of a release answers what the cells say", { timeout: 600_000 }, () => {
  for (const release of ["6.12", "7.3"] as const) {
    const kernel = createKernel({ release });
    const rows = answeredRows(runMatrix(kernel, { attach: [0] }).rows, release);
    kernel.close();
    const kinds = { maps: "map", progs: "prog" } as const;
    for (const [axis, kind] of Object.entries(kinds)) {
      for (const [name, { __compat }] of Object.entries(table.bpf[axis] ?? {})) {
        const row = sortRows(rows.get(`${kind} ${name.toUpperCase()}`) ?? [])[0]?.withToken;
        const { needs } = __compat.support.linux as CompatStatement;
        // Programs that cannot have attach type 0 are refused before the capabilities.
        if (row === undefined || row.sets.length === 0) continue;
        expect([release, name, row.sets]).toEqual([release, name, needs?.capabilities]);
      }
    }
    expect(rows.size).toBeGreaterThan(60);
    expect(needText(sortRows(rows.get("map HASH") ?? [])[0]?.withToken as never)).toMatch(
      /CAP_BPF/,
    );
  }
});
