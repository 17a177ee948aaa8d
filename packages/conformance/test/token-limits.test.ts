// SPDX-License-Identifier: MIT
import { parseScenario, type Scenario, type Step } from "@bpf-token/scenario";
import { describe, expect, test } from "vitest";
import { files } from "./files.ts";

/** A limit of file descriptors that leaves enough of them free in every scenario. */
const ENOUGH = 64;

/** The soft limit that a step sets for file descriptors; undefined for other steps. */
function newLimit({ call, args }: Step): number | undefined {
  if (call !== "prlimit64" || args.resource !== "NOFILE" || args.new_rlim === undefined)
    return undefined;
  const text = JSON.stringify(args.new_rlim);
  const match = /"u64":\[(\d+)|"rlim_cur":(\d+)/.exec(text);
  return Number(match?.[1] ?? match?.[2] ?? 0);
}

/** The steps that create a token after the limit was lowered and that run on Linux 6.19 and newer. */
function unsafeSteps(scenario: Scenario): readonly Step[] {
  if (scenario.backends?.every((name) => name === "model") ?? false) return [];
  let low = false;
  return scenario.steps.filter((step) => {
    low = (newLimit(step) ?? (low ? 0 : ENOUGH)) < ENOUGH;
    const creates = step.args.cmd === "TOKEN_CREATE" || step.args.cmd === 36;
    return low && creates && (step.needs?.until ?? scenario.needs?.until) !== "6.18";
  });
}

describe("a token with few free file descriptors (TP-24)", () => {
  test.each(Object.entries(files))("%s creates none on Linux 6.19 and newer", (file, text) => {
    expect(unsafeSteps(parseScenario(text, { file })).map(({ at }) => at)).toEqual([]);
  });

  test("is noticed", () => {
    const scenario = `name: x
steps:
  - prlimit64: { resource: NOFILE, new_rlim: { u64: [3, 64] } }
  - bpf: TOKEN_CREATE
    needs: { until: "6.18" }
  - bpf: TOKEN_CREATE
  - prlimit64: { resource: NOFILE, new_rlim: { u64: [64, 64] } }
  - bpf: TOKEN_CREATE
`;
    expect(unsafeSteps(parseScenario(scenario, { file: "x" }))).toHaveLength(1);
    const model = `backends: [model]\n${scenario}`;
    expect(unsafeSteps(parseScenario(model, { file: "x" }))).toEqual([]);
  });

  test("is skipped with a reason", () => {
    const limited = Object.entries(files).flatMap(([file, text]) => {
      const { needs, steps } = parseScenario(text, { file });
      return [needs, ...steps.map((step) => step.needs)].filter((one) => one?.why !== undefined);
    });
    expect(limited.map((one) => [one?.until, one?.why?.includes("TP-24")])).toEqual(
      limited.map(() => ["6.18", true]),
    );
    expect(limited).toHaveLength(4);
  });
});
