// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outcomeOf } from "@bpf-token/conformance";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, type Trace, type TraceEvent } from "@bpf-token/scenario";
import { configurationOf, KnownDifferences } from "@bpf-token/scenario/known";
import { expect, onTestFinished, test } from "vitest";
import { foundByTests, ofRule, tryScenario } from "../collect.mjs";
import { general, page, stale } from "../page.mjs";

const scenario = (text: string) => parseScenario(text, { file: "a.yaml" });
const closing = scenario(
  "name: a\nrules: [TC-03]\nsteps:\n  - close: 9\n    expect: { errno: EBADF }\n",
);
const one = { file: "a.yaml", scenario: closing };
const uml = configurationOf({ backend: "guest:uml", release: "6.12.113" });
const none = new KnownDifferences([], "suite", uml);

test("a scenario with the same result on two kernels agrees", () => {
  const kernel = createKernel();
  expect(tryScenario(kernel, closing, none)).toEqual({ how: "agree", why: [] });
  kernel.close();
});

test("a scenario with a call that the kernel does not have is not compared", () => {
  const kernel = createKernel();
  const unmodelled = scenario("name: a\nsteps:\n  - unshare: { flags: 1 }\n  - getpid:\n");
  const { how, why } = tryScenario(kernel, unmodelled, none);
  expect(how).toBe("skipped");
  expect(why[0]).toMatch(/^not modelled by the model backend: /);
  kernel.close();
});

test("a difference is unexpected unless the registry explains it", () => {
  const event: Omit<TraceEvent, "outcome" | "returns"> = {
    ...{ index: 0, call: "close", task: "main", step: 0, line: 4, text: "close(9)" },
    args: [{ name: "fd", text: "9" }],
  };
  const trace = (errno: "EBADF" | "EIO", result: number): Trace => ({
    ...{ format: 1, scenario: "a", backend: errno, release: "6.18", outcome: "failed" },
    events: [{ ...event, outcome: "answered", returns: "number", result, errno }],
  });
  const [a, b] = [trace("EBADF", -9), trace("EIO", -5)];
  expect(outcomeOf(a, b, none).how).toBe("unexpected");
  const entry = {
    ...{ id: "a.test", applies: {}, shownBy: ["suite" as const], why: "a test", evidence: "none" },
    where: [{ call: "close", model: "EBADF", kernel: "EIO" }],
  };
  const known = new KnownDifferences([entry], "suite", uml);
  expect(outcomeOf(a, b, known)).toEqual({ how: "differ", why: ["a test"] });
  expect(outcomeOf(a, a, none).how).toBe("agree");
});

test("a rule has the result of its scenarios", () => {
  const results = (how: string, why: readonly string[] = []) => new Map([["a.yaml", { how, why }]]);
  const of = (how: string, why?: readonly string[]) =>
    ofRule("TC-03", [one], results(how, why), false);
  expect(of("agree")).toEqual({ how: "agree", n: 1, why: [] });
  expect(of("differ", ["because"])).toEqual({ how: "differ", n: 0, why: ["because"] });
  expect(of("skipped", ["needs root"])).toEqual({ how: "not tried", why: ["needs root"] });
  expect(of("unexpected", ["step 1"]).how).toBe("unexpected");
  expect(ofRule("TC-99", [one], results("agree"), true).why[0]).toContain(
    "tested only on the model",
  );
  expect(ofRule("TC-99", [one], results("agree"), false).why).toEqual(["unmodelled"]);
  expect(ofRule("VF-07", [one], results("agree"), false).why).toEqual([
    "unmodelled: speculative execution (Spectre)",
  ]);
});

test("the page has a row for each rule and numbers its reasons once", () => {
  const cells = [
    { how: "not tried", why: ["needs 'lsm', which the native backend does not have"] },
  ];
  const rows = ["LS-01", "LS-02"].map((id) => ({ id, cells }));
  const text = page([{ name: "native", release: "6.18", tried: new Map() }], rows);
  expect(text).toContain("| LS-02 | not tried [1](#reasons) |");
  expect(text.match(/which is not available on this kernel/g)).toHaveLength(1);
  expect(general("needs Linux 6.18 or later, this is 6.12.118")).toBe("needs Linux 6.18 or later");
});

test("a page with other results is stale, unless it covers other kernels", () => {
  const rows = (how: string) => [{ id: "LS-01", cells: [{ how, n: 1, why: [] }] }];
  const about = (release: string, how: string) =>
    page([{ name: "native", release, tried: new Map() }], rows(how));
  expect(stale(about("6.18", "agree"), about("6.18", "agree"))).toEqual({ differs: false });
  expect(stale(about("6.18", "differ"), about("6.18", "agree"))).toEqual({
    differs: true,
    why: "docs/fidelity.md is out of date (update it with --write): | agree | 1 |",
  });
  expect(stale(about("6.17", "differ"), about("6.18", "agree"))).toEqual({
    differs: false,
    why: "docs/fidelity.md covers other kernels: | rule | native, 6.17 |",
  });
  expect(stale(`${about("6.18", "agree")}more\n`, about("6.18", "agree")).why).toContain(
    "some lines are missing",
  );
});

test("what the tests found counts if they ran each scenario as it is now", () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-outcomes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const a = { file: "a.yaml", text: "a" };
  const b = { file: "b.yaml", text: "b" };
  const tried = { "a.yaml": { how: "agree", why: [], text: "a" } };
  writeFileSync(join(folder, "guest-6.12.json"), JSON.stringify({ release: "6.12", tried }));
  const found = (name: string, scenarios: object[], from?: string) =>
    foundByTests(from, name, scenarios);
  expect(found("guest:6.12", [a], folder)).toEqual({
    ...{ name: "guest:6.12", release: "6.12" },
    tried: new Map(Object.entries(tried)),
  });
  expect(found("guest:6.12", [a, b], folder)).toBeUndefined();
  expect(found("guest:6.12", [{ ...a, text: "changed" }], folder)).toBeUndefined();
  expect(found("native", [a], folder)).toBeUndefined();
  expect(found("guest:6.12", [a])).toBeUndefined();
});
