// SPDX-License-Identifier: MIT
import type { DecisionStep } from "@bpf-token/syscall";
import { type CheckId, checkTable, Errno } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { parseScenario, run } from "../src/index.ts";
import { FakeKernel, type FakeOptions } from "./fake-kernel.ts";

/** Returns the verdict of one step. */
function verdict(step: string, expectation: string, options: FakeOptions = {}) {
  const text = `name: x\nsteps:\n  - fsopen: y\n    as: fd\n  - ${step}\n    expect: ${expectation}`;
  const trace = run(new FakeKernel(options), parseScenario(text));
  return trace.events.findLast((event) => event.step === 1 && !event.cleanup)?.verdict;
}

const answers = (value: number): FakeOptions => ({
  answer: ({ name }) => (name === "umask" ? value : undefined),
});

test.each([
  ["ok", 0, undefined],
  ["ok", 7, undefined],
  ["ok", -Errno.EPERM, "the answer was EPERM"],
  ["EPERM", -Errno.EPERM, undefined],
  ["EPERM", -Errno.EINVAL, "the answer was EINVAL"],
  ["EPERM", 4, "the answer was 4"],
  ["EPERM", -4095, "the answer was E4095"],
  ["7", 7, undefined],
  ["7", 8, "the answer was 8, not 7"],
  ["$fd", 3, undefined],
  ["$fd", 4, "the answer was 4, not 3"],
  ["{ value: 0x10 }", 16, undefined],
])("%s against %d", (expectation, answer, why) => {
  const found = verdict("umask: 0", expectation, answers(answer));
  expect(found?.why).toBe(why);
  expect(found?.met).toBe(why === undefined);
});

test.each([
  ["6.18.44", -Errno.EPERM, true],
  ["6.17.13", -Errno.EINVAL, true],
  ["6.12.118", -Errno.EINVAL, true],
  ["6.10.1", 0, true],
  ["6.18.44", -Errno.EINVAL, false],
])("by release: %s", (release, answer, met) => {
  const found = verdict("umask: 0", '{ "6.18": EPERM, "6.12": EINVAL, "6.9": ok }', {
    ...answers(answer),
    release,
  });
  expect(found?.met).toBe(met);
});

test("a kernel older than every expected release has no expectation", () => {
  const old = { ...answers(-Errno.EPERM), release: "6.10.2" };
  expect(verdict("umask: 0", '{ "6.12": ok }', old)).toBeUndefined();
});

/** Any three checks of the model. */
const ids = checkTable()
  .slice(0, 3)
  .map((check) => check.id) as [CheckId, CheckId, CheckId];

const decision = (check: CheckId, errno?: "EPERM"): DecisionStep => ({
  check,
  ...(errno === undefined ? {} : { errno }),
  where: "kernel/bpf/token.c: f",
  sentence: "no",
  needed: "",
  present: "",
});

/** A kernel that names its decisions; the last one refuses. */
function deciding(refusals: boolean, ...checks: readonly CheckId[]): FakeOptions {
  return {
    features: { refusals },
    answer: ({ name }, task) => {
      if (name !== "umask") return undefined;
      const made = checks.map((check, i) =>
        decision(check, i === checks.length - 1 ? "EPERM" : undefined),
      );
      const last = made.at(-1);
      task.made = made;
      task.refused = last && { ...last, certainty: "observed", cause: last, chain: made };
      return -Errno.EPERM;
    },
  };
}

const reason = (expectation: string, options: FakeOptions) =>
  verdict("umask: 0", expectation, options)?.why;

test("checks are compared only on a backend that names them", () => {
  const wanted = `{ errno: EPERM, check: ${ids[0]} }`;
  expect(reason(wanted, deciding(true, ids[0]))).toBeUndefined();
  expect(reason(wanted, deciding(true, ids[1]))).toBe(`the refusing check was ${ids[1]}`);
  expect(reason(wanted, deciding(true))).toBe("the kernel named no refusing check");
  expect(reason(wanted, deciding(false, ids[1]))).toBeUndefined();
});

test("decisions must occur in order, with others in between", () => {
  const kernel = deciding(true, ids[0], ids[1], ids[2]);
  expect(reason(`{ errno: EPERM, decisions: [${ids[0]}, ${ids[2]}] }`, kernel)).toBeUndefined();
  expect(reason(`{ errno: EPERM, decisions: [${ids[2]}, ${ids[0]}] }`, kernel)).toBe(
    `${ids[0]} did not decide; these checks did: ${ids[0]}, ${ids[1]}, ${ids[2]}`,
  );
  expect(
    verdict("umask: 0", `{ errno: EPERM, check: ${ids[2]}, decisions: ${ids[0]} }`, kernel),
  ).toEqual({
    expected: `EPERM by ${ids[2]} after ${ids[0]}`,
    met: true,
  });
});

const file: FakeOptions = { files: { "/x": "allowed_cmds:\tany\npos:\t3\n" } };
const textWhy = (expectation: string) => verdict("read_file: /x", expectation, file)?.why;

test("compares texts", () => {
  expect(textWhy('{ text: "allowed_cmds:\\tany\\npos:\\t3\\n" }')).toBeUndefined();
  expect(textWhy("{ text: any }")).toBe('the text was "allowed_cmds:\\tany\\npos:\\t3\\n"');
  expect(textWhy(`{ contains: ["allowed_cmds:\\tany", "pos:\\t\${fd}"] }`)).toBeUndefined();
  expect(textWhy("{ contains: [any, nothing] }")).toMatch(/^the text does not contain "nothing": /);
  expect(textWhy("{ lacks: nothing }")).toBeUndefined();
  expect(textWhy("{ lacks: [nothing, any] }")).toBe('the text contains "any"');
  expect(textWhy('{ matches: ["^pos:\\\\s+\\\\d$", "any$"] }')).toBeUndefined();
  expect(textWhy('{ matches: "^any" }')).toMatch(/^the text does not match \/\^any\/: /);
});

test("an unreadable file has no text to compare", () => {
  expect(verdict("read_file: /nothing", "{ contains: any }", file)?.why).toBe(
    "the answer was ENOENT",
  );
});

/** fstat that sets mode and size. */
const stat: FakeOptions = {
  answer: ({ name, args }) => {
    if (name !== "fstat" || args[1] === null) return undefined;
    const view = new DataView((args[1] as Uint8Array).buffer);
    view.setUint32(24, 0o100600, true);
    return 0;
  },
};
const statWhy = (buffer: string, expectation: string) =>
  verdict(`fstat: { fd: $fd, statbuf: ${buffer} }`, expectation, stat)?.why;

test("compares memory by field and by byte", () => {
  expect(
    statWhy("{ struct: stat }", "{ out: { statbuf: { st_mode: 0o100600 } } }"),
  ).toBeUndefined();
  expect(statWhy("{ zero: 144 }", "{ out: { statbuf: { st_mode: 0o100600 } } }")).toBeUndefined();
  expect(statWhy("{ struct: stat }", "{ out: { statbuf: { st_mode: 1 } } }")).toBe(
    "statbuf.st_mode is 33152, not 1",
  );
  expect(statWhy("{ struct: stat }", "{ out: { statbuf: { st_mood: 1 } } }")).toBe(
    "stat has no field st_mood",
  );
  expect(statWhy("null", "{ out: { statbuf: { st_mode: 1 } } }")).toBe(
    "fstat has no memory for statbuf",
  );
  expect(statWhy("{ zero: 28 }", "{ out: { statbuf: { hex: 00 } } }")).toMatch(
    /^statbuf is 0+8081.* not 00$/,
  );
});

test("an expectation that refers to a missing answer is not met", () => {
  const trace = run(
    new FakeKernel({ answer: ({ name }) => (name === "fsopen" ? -Errno.EPERM : undefined) }),
    parseScenario(
      "name: x\nsteps:\n  - fsopen: y\n    as: fd\n    expect: EPERM\n  - getpid:\n    expect: $fd",
    ),
  );
  expect(trace.events[1]?.verdict).toEqual({
    expected: "$fd",
    met: false,
    why: "needs $fd, which step 1 did not produce",
  });
});
