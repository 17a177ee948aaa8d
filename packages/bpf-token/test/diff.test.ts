// SPDX-License-Identifier: MIT

import { parseScenario, type Scenario, type Trace, type TraceEvent } from "@bpf-token/scenario";
import type { KernelFeatures } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  type DiffSubject,
  diff,
  htmlReport,
  junitReport,
  matchers,
  modelRuns,
  rowsOf,
  sharing,
  subjectOf,
} from "../src/diff/index.ts";
import { escapeMarkup } from "../src/diff/markup.ts";
import { createKernel } from "../src/index.ts";

/** Rule TC-09: since 6.9, the initial user namespace gets no token; v10 created one. */
const initial = parseScenario(
  `name: a token <of> the initial namespace
rules: [TC-09]
steps:
  - fsopen: { fs_name: bpf }
    as: context
  - delegate: { fs: $context, cmds: any }
  - fsconfig: { fs_fd: $context, cmd: CMD_CREATE }
  - fsmount: { fs_fd: $context }
    as: mount
  - openat: { dirfd: $mount, filename: ., flags: [DIRECTORY] }
    as: root
  - bpf: { cmd: TOKEN_CREATE, attr: { bpffs_fd: $root } }
`,
  { file: "initial.yaml" },
);

const at = (release: KernelRelease): DiffSubject =>
  subjectOf(`model@${release}`, () => createKernel({ release }));

/** A subject that answers the last call differently from the model. */
function liar(release: KernelRelease, result: number): DiffSubject {
  const honest = at(release);
  const run = (scenario: Scenario): Trace => {
    const trace = honest.run(scenario);
    const last = trace.events.length - 1;
    const events = trace.events.map((event, i): TraceEvent => {
      const { index, step, task, call, args, text, outcome, returns } = event;
      if (i < last) return event;
      return { index, step, task, call, args, text, outcome, returns, result };
    });
    return { ...trace, events };
  };
  return { ...honest, name: "liar", own: "kernel", run };
}

const model = modelRuns();

describe("subjectOf", () => {
  test("derives from the features of a kernel which of its code is not the model's", () => {
    const own = (features: Partial<KernelFeatures>) => {
      const kernel = createKernel({ release: "6.12" });
      const all = { ...kernel.features, ...features };
      return subjectOf("x", () => Object.defineProperty(kernel, "features", { value: all })).own;
    };
    expect(own({})).toBe("model");
    expect(own({ refusals: false })).toEqual(["token.c"]);
    expect(own({ refusals: false, verifier: true })).toBe("kernel");
  });
});

describe("diff", () => {
  test("finds no difference between a kernel and itself", () => {
    const { differences, unexpected } = diff(initial, [at("6.12"), at("6.12")], model);
    expect(differences).toEqual([]);
    expect(unexpected).toBe(false);
  });

  test("marks a difference between releases as expected, with its rule", () => {
    const { differences, unexpected } = diff(initial, [at("v10"), at("6.12")], model);
    expect(unexpected).toBe(false);
    expect(differences).toMatchObject([
      { what: "result", step: 5, other: "model@6.12", expected: true, b: "EOPNOTSUPP" },
    ]);
    expect(differences[0]?.rules).toContain("TC-09");
  });

  test("marks any other difference as unexpected", () => {
    const { differences, unexpected } = diff(initial, [at("v10"), liar("6.12", -5)], model);
    expect(unexpected).toBe(true);
    expect(differences).toMatchObject([{ other: "liar", expected: false, rules: [] }]);
    const same = diff(initial, [at("6.12"), liar("6.12", 9)], model);
    expect(same.unexpected).toBe(true);
  });

  test("compares each subject with the first one", () => {
    const subjects = [at("v10"), at("6.12"), liar("6.12", 9), at("v10")];
    const { differences } = diff(initial, subjects, model);
    expect(differences.map(({ other, expected }) => `${other} ${expected}`)).toEqual([
      "model@6.12 true",
      "liar false",
    ]);
  });
});

describe("reports", () => {
  const subjects = [at("v10"), at("6.12"), liar("6.12", -5)];
  const reports = [{ file: "initial.yaml", ...diff(initial, subjects, model) }];

  test("a row for each call, with a cell for each subject", () => {
    const rows = rowsOf(diff(initial, subjects, model));
    expect(rows.at(-1)).toMatchObject({
      call: expect.stringContaining("BPF_TOKEN_CREATE") as string,
      cells: [
        { answer: expect.stringMatching(/^\d+$/) as string },
        { answer: "EOPNOTSUPP", by: "token.create.init_ns" },
        { answer: "-5" },
      ],
    });
    expect(rows.filter(({ differences }) => differences.length > 0)).toHaveLength(1);
  });

  test("JUnit: only unexpected differences fail, and all text is escaped", () => {
    const text = junitReport(reports, subjects);
    expect(text).toContain('<testsuite name="model@v10 : model@6.12" tests="1" failures="0">');
    expect(text).toContain('<testsuite name="model@v10 : liar" tests="1" failures="1">');
    expect(text.match(/<failure /g)).toHaveLength(1);
  });

  test("HTML: one page, without scripts or addresses, with names escaped", () => {
    const page = htmlReport(reports, subjects);
    expect(page).toContain("a token &lt;of&gt; the initial namespace");
    expect(page).not.toMatch(/<script|https?:|<of>/);
    expect(page).toContain("TC-09");
  });

  test("sharing names the code that both subjects share", () => {
    const [old, , real] = subjects as [DiffSubject, DiffSubject, DiffSubject];
    expect(sharing(old, at("6.12"))).toBe("compared: two releases of the model; shared: its code");
    expect(sharing(old, real)).toContain("shared: nothing but the calls");
    const token = { ...at("6.12"), own: ["kernel/bpf/token.c"] };
    expect(sharing(old, token)).toMatch(/^compared: token\.c; shared: bpffs, the bpf\(\) entry/);
    const both = { ...token, own: ["kernel/bpf/token.c", "kernel/bpf/inode.c"] };
    expect(sharing(token, both)).toMatch(
      /^compared: inode\.c, token\.c; shared: the bpf\(\) entry/,
    );
  });
});

describe("expect(scenario).toAgree()", () => {
  test("passes if the kernels agree or their releases differ, and lists other differences", () => {
    expect(matchers.toAgree(initial, at("6.12"), at("6.18"))).toMatchObject({ pass: true });
    expect(matchers.toAgree(initial, at("v10"), at("6.18"))).toMatchObject({ pass: true });
    const { pass, message } = matchers.toAgree(initial, at("6.12"), liar("6.12", 0));
    expect(pass).toBe(false);
    expect(message()).toMatch(/do not agree:\n {2}\S+: /);
    expect(() => matchers.toAgree(initial, at("6.12"))).toThrow(/at least two subjects/);
  });
});

test("reports have no character that XML does not allow", () => {
  expect(escapeMarkup("a\u0001\ufffe\ud800b<\u{1f600}\n")).toBe("ab&lt;\u{1f600}\n");
});
