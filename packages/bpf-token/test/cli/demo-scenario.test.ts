// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { parseScenario } from "@bpf-token/scenario";
import { expect, test } from "vitest";
import { demoScenario } from "../../src/generated/demo-scenario.ts";

test("the generated demo scenario is up to date: otherwise run `npm run gen`", () => {
  const text = readFileSync(new URL("../../scenarios/demo.yaml", import.meta.url), "utf8");
  expect(JSON.parse(demoScenario)).toEqual(parseScenario(text));
});
