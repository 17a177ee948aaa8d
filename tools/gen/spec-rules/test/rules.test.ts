// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { LATER_RELEASES, RELEASES } from "../cells.mjs";
import { formatJson } from "../format.mjs";
import { plain } from "../markdown.mjs";
import { knownErrnos, readSpec } from "../rules.mjs";
import { rule, semantics, specDir } from "./spec.ts";

const spec = readSpec(semantics);
const each = (releases: readonly string[], text: string) =>
  Object.fromEntries(releases.map((release) => [release, text]));
const all = each(RELEASES, "y");
const from = (release: string) => RELEASES.slice(RELEASES.indexOf(release));
const flag2 = each(from("7.1"), "and flag 2");
const laterGone = each(LATER_RELEASES, "-");

test("the committed specification has 324 rules and no problems", () => {
  expect(spec.problems).toEqual([]);
  expect(spec.rules).toHaveLength(324);
  expect(spec.totals).toEqual({
    ...{ rules: 324, observed: 246, vmOnly: 18 },
    ...{ guestOnly: 37, sourceOnly: 23 },
  });
});

test("rules.json matches semantics.md", () => {
  expect(readFileSync(`${specDir}/rules.json`, "utf8")).toBe(formatJson(spec.rules));
});

test("rules.json is valid by its schema, which rejects anything else", () => {
  const schema = JSON.parse(readFileSync(`${specDir}/rules.schema.json`, "utf8"));
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
  validate(JSON.parse(readFileSync(`${specDir}/rules.json`, "utf8")));
  expect(validate.errors).toBeNull();
  expect(validate([{ ...rule("TC-01"), releases: { v10: "y" } }])).toBe(false);
  expect(validate([{ ...rule("TC-01"), releases: { ...all, "6.10": "y" } }])).toBe(false);
  expect(validate([{ ...rule("TC-01"), evidence: [] }])).toBe(false);
  expect(validate([{ ...rule("TC-01"), errno: ["eperm"] }])).toBe(false);
});

test("the groups and their number of rules", () => {
  const counts: Record<string, number> = {};
  for (const { group } of spec.rules) counts[group] = (counts[group] ?? 0) + 1;
  expect(counts).toEqual({
    ...{ TC: 16, TP: 24, EN: 15, SY: 11, CG: 17, TF: 5, TA: 6, CP: 5, MC: 20, PL: 23, VF: 14 },
    ...{ BL: 6, BG: 6, OI: 6, FS: 39, OP: 21, RN: 9, UN: 12, CC: 5, IM: 7, CS: 8, MN: 11, PF: 14 },
    ...{ FD: 10, LS: 8, LG: 5, VL: 1 },
  });
});

test("TC-04: v10 compares with the root of the mount", () => {
  expect(rule("TC-04")).toMatchObject({
    group: "TC",
    section: "1.1 Ordered checks (first failing row decides)",
    errno: ["EINVAL"],
    releases: { ...all, v10: "mount root" },
    order: true,
    position: 4,
  });
});

test("TC-06: errno of an LSM, evidence of both kinds", () => {
  expect(rule("TC-06")).toMatchObject({
    errno: ["EACCES"],
    outcome: "LSM's errno, normally EACCES",
    evidence: [
      { kind: "observed", ids: ["T82", "T83"] },
      { kind: "observed-vm", ids: ["L15", "L16"] },
    ],
  });
  expect(rule("TC-15").evidence).toEqual([
    { kind: "observed", ids: ["T65", "T66", "T67", "T68"] },
    { kind: "observed-vm", ids: ["L04"] },
    { kind: "guest-probe", ids: ["L04", "T66", "T67"] },
    { kind: "guest-test", ids: ["NF02", "EM10", "EM11"] },
    { kind: "source", ids: [] },
  ]);
});

test.each([
  ["TC-07", ["EPERM"], { v10: "-", "v10-reviewed": "EINVAL in the reviewer's text, EPERM in v11" }],
  ["TC-08", ["EPERM"], {}],
  ["TC-09", ["EOPNOTSUPP"], { v10: "-", "v10-reviewed": "-" }],
  ["TC-10", ["ENOENT"], { v10: "- (the kernel creates an empty token)", "v10-reviewed": "-" }],
  ["TC-12", ["ENOMEM", "ENFILE"], {}],
  ["TC-14", [], { v10: "y (patch 11; not in 03 alone)" }],
  ["TC-16", [], {}],
  ["SY-06", ["EINVAL", "EBADF"], {}],
  ["SY-07", ["EBADF", "EPERM", "E2BIG"], {}],
  ["CG-01", ["EPERM", "EINVAL"], {}],
  ["TF-04", [], { v10: "-", "v10-reviewed": "-" }],
  ["TF-05", [], { "6.9": "-", "6.12": "-", "6.18": "-", ...laterGone }],
  ["CG-15", [], { v10: "-", "v10-reviewed": "-", "6.9": "-", "6.12": "-" }],
  ["MC-11", ["EPERM"], {}],
  ["PL-11", ["EINVAL", "ENOTSUPP"], {}],
  ["OI-02", ["EBADFD"], {}],
  ["FS-15", ["EINVAL", "EBADF", "EBUSY"], flag2],
  ["FS-27", ["EBUSY"], {}],
  ["FS-26", ["EPERM"], {}],
  ["OP-07", ["ERANGE"], {}],
  ["OP-08", [], { v10: "n/a", "v10-reviewed": "n/a" }],
  ["RN-06", [], { v10: "hex number", "v10-reviewed": "hex number" }],
  ["FD-07", [], { v10: "-" }],
  ["CS-01", ["EPERM"], {}],
  ["VF-05", ["EACCES"], {}],
  ["LS-05", ["EPERM"], {}],
])("%s: errno %j, releases that differ %j", (id, errno, releases) => {
  expect(rule(id).errno).toEqual(errno);
  expect(rule(id).releases).toEqual({ ...all, ...releases });
});

test("EN-09: a cell may hold a number instead of y", () => {
  expect(rule("EN-09").releases).toMatchObject({ "6.12": "152", "6.18": "168" });
  expect(rule("EN-09")).toMatchObject({ order: true, position: 9, section: "2.1 Order" });
});

test("a table without an outcome column takes the errnos of the text", () => {
  expect(rule("TP-05").errno).toEqual(["EINVAL", "ESPIPE", "ENOTTY", "ENODEV"]);
  expect(rule("TP-05")).not.toHaveProperty("outcome");
  expect(rule("CG-05")).toMatchObject({ errno: ["EPERM"], tokenHelps: "no" });
});

test("text is plain and names the subject of the row", () => {
  expect(rule("TC-08").text).toContain("caller has CAP_BPF in that userns");
  expect(rule("TC-04").text).toContain("compared with the root of the mount, so");
  expect(rule("OP-04").text).toContain("attach types BPF_, maps BPF_MAP_TYPE_, programs");
  expect(rule("VF-04").text).toContain("probe_read_*, snprintf*, task_pt_regs");
  expect(rule("VF-05").text).toMatch(/: needs CAP_PERFMON$/);
  expect(rule("VF-09").text).toMatch(/: needs CAP_PERFMON or CAP_BPF$/);
  expect(rule("CG-13").text).toMatch(/^RAW_TRACEPOINT_OPEN: program fd;/);
  const marked = spec.rules.filter(({ text }) => /\*\*|`/.test(text)).map(({ id }) => id);
  expect(marked).toEqual([]);
});

test.each([
  ["a **bold** and *leaning* and _leaning_ word", "a bold and leaning and leaning word"],
  [
    "`_` and `a*b*c` stay, map_extra_fd and 2*3*4 too",
    "_ and a*b*c stay, map_extra_fd and 2*3*4 too",
  ],
])("%j without marks", (cell, text) => {
  expect(plain(cell)).toBe(text);
});

test("the groups in which the first row that applies decides", () => {
  const ordered = spec.rules.filter(({ order }) => order).map(({ id }) => id);
  expect([...new Set(ordered.map((id) => id.slice(0, 2)))]).toEqual([
    "TC",
    "EN",
    "MC",
    "PL",
    "BL",
    "BG",
    "CC",
  ]);
  expect(ordered).toContain("PL-19");
  expect(ordered).not.toContain("PL-30");
  expect(rule("PL-30").position).toBe(1);
});

test("remarks and ranges in the evidence", () => {
  expect(rule("PL-01").evidence).toEqual([
    { kind: "observed", ids: ["P29"], remark: "E2BIG before 6.18" },
  ]);
  expect(rule("TP-17").evidence.map(({ kind }) => kind)).toEqual(["observed", "source"]);
  expect(rule("SY-03").evidence[0]?.ids).toEqual(["Y1-01..Y1-16"]);
});

test("every errno is a real one, with its number", () => {
  const real: Record<string, number> = { ...constants.errno, EBADFD: 77, ENOTSUPP: 524 };
  const known = knownErrnos(semantics);
  for (const [name, number] of known) expect([name, number]).toEqual([name, real[name]]);
  const used = new Set(spec.rules.flatMap(({ errno }) => errno));
  expect([...used].filter((name) => real[name] === undefined)).toEqual([]);
  expect(used.size).toBeGreaterThan(15);
});
