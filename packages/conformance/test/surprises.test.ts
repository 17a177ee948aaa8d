// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
import { unmodelledFeatures } from "@bpf-token/kernel-wasm";
import { expect, test } from "vitest";
import { proofs } from "../src/index.ts";
import { files } from "./files.ts";

/** The surprising facts of section 8 of the specification, with the scenario that shows each. */
const surprises: Readonly<Record<number, string>> = {
  1: "token-create-fd",
  2: "token-create-order",
  3: "token-create-mode",
  4: "token-covers",
  5: "token-covers",
  6: "token-covers",
  7: "token-covers",
  8: "option-lists",
  9: "token-fdinfo",
  10: "info-token",
  11: "token-snapshot",
  12: "option-privilege",
  13: "token-owner-outside",
  14: "token-pins-mount",
  15: "attach-cgroup-skb",
  17: "info-token",
  18: "btf-by-id",
  19: "gate-raw-tracepoint",
  21: "render-line",
  22: "fs-create-by-owner",
  23: "token-path-copy",
  24: "fs-names",
  25: "sysctl-open",
};

/** The facts that a proof shows, by its rule, or that are unmodelled. */
const proven: Readonly<Record<number, string>> = { 20: "PL-18" };
const absent: Readonly<Record<number, string>> = { 16: "VF-07" };

const spec = import.meta.glob<string>("../../../docs/spec/semantics.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

test("each surprising fact of the specification has a scenario", () => {
  const [text] = Object.values(spec);
  const section = /^## 8\.[\s\S]*?(?=^## 9\.)/m.exec(text ?? "")?.[0] ?? "";
  const numbers = [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
  const known = [surprises, proven, absent].flatMap((table) => Object.keys(table).map(Number));
  expect(known.sort((a, b) => a - b)).toEqual(numbers);
  expect(Object.values(surprises).filter((name) => !(`${name}.yaml` in files))).toEqual([]);
  const rules = proofs.flatMap((proof) => proof.rules);
  expect(Object.values(proven).filter((rule) => !rules.includes(rule))).toEqual([]);
  const missing = unmodelledFeatures.flatMap((entry) => entry.rules);
  expect(Object.values(absent).filter((rule) => !missing.includes(rule))).toEqual([]);
});
