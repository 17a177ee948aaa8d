// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { parseScenario, ScenarioError } from "../src/index.ts";
import { problems, stepProblems } from "./problems.ts";

const read = (steps: string) => parseScenario(`name: x\nsteps:\n${steps}`).steps;

test("a typo in a call names line, column and the nearest word", () => {
  const text = "name: x\nsteps:\n  - by: main\n    fsopne: bpf\n";
  expect(() => parseScenario(text, { file: "scenario.yaml" })).toThrow(
    new ScenarioError(
      [{ line: 4, column: 5, text: "unknown step 'fsopne'", hint: "did you mean 'fsopen'?" }],
      "scenario.yaml",
    ),
  );
  try {
    parseScenario(text, { file: "scenario.yaml" });
  } catch (error) {
    const e = error as ScenarioError;
    expect(e.message).toBe("scenario.yaml:4:5: unknown step 'fsopne'; did you mean 'fsopen'?");
    expect([e.file, e.line, e.column, e.hint]).toEqual([
      "scenario.yaml",
      4,
      5,
      "did you mean 'fsopen'?",
    ]);
  }
});

test("reports all problems, in the order of the file", () => {
  const text = `nmae: x
needs: { since: "6.x" }
steps:
  - fsopen: bpf
    as: ctx
  - close: $cxt
  - bpf: TOKEN_CRAETE
    attr: {}
`;
  expect(problems(text)).toEqual([
    "1:1 unknown key 'nmae'; did you mean 'name'?",
    "1:1 a scenario needs 'name'",
    `2:17 '6.x' is not a kernel release such as "6.12"; did you mean '6.9'?`,
    "6:12 no earlier step has the answer '$cxt'; did you mean '$ctx'?",
    "7:10 unknown command 'TOKEN_CRAETE'; did you mean 'TOKEN_CREATE'?",
  ]);
});

test("names must be unique", () => {
  expect(
    stepProblems(
      "  - fsopen: bpf\n    as: a\n  - fsopen: bpf\n    as: a\n  - fork: a\n  - fork: b\n  - fork: b",
    ),
  ).toEqual([
    "4:9 'a' is already the name of an answer",
    "5:11 'a' is already the name of an answer",
    "7:11 task 'b' exists already",
  ]);
  expect(stepProblems("  - fsopen: bpf\n    as: 1x")).toEqual([
    "2:9 '1x' is not a name; letters, digits and _, a letter first",
  ]);
});

test("a task must be forked before it makes a call", () => {
  expect(stepProblems("  - by: app\n    exec:\n  - fork: app", "tasks: [main, app]\n")).toEqual([
    "1:9 task 'app' does not exist yet; 'fork: app' creates it",
  ]);
  expect(stepProblems("  - fork: web", "tasks: [main, app]\n")).toEqual([
    "1:11 unknown task 'web'; known: main, app",
  ]);
});

test("reports problems of headers", () => {
  expect(problems('name: "a\\nb"\nsteps: []')).toEqual(["1:7 'name' must be one line"]);
  expect(problems("name: x\nsteps: 3")).toEqual(["2:8 '3' is not a list of steps"]);
  expect(problems("name: x\nrules: [TC7]\nsteps: []")).toEqual([
    "2:9 'TC7' is not the id of a rule, such as TC-07",
  ]);
  expect(problems("name: x\nsysctl: { kernel.unprivileged_bpf_disable: 5 }\nsteps: []")).toEqual([
    "2:11 unknown sysctl 'kernel.unprivileged_bpf_disable'; did you mean 'kernel.unprivileged_bpf_disabled'?",
  ]);
  expect(problems("name: x\nsysctl: { kernel.unprivileged_bpf_disabled: 5 }\nsteps: []")).toEqual([
    "2:45 '5' is not 0, 1 or 2",
  ]);
  expect(problems("name: x\nneeds: { features: sysctls }\nsteps: []")).toEqual([
    "2:20 unknown feature 'sysctls'; did you mean 'sysctl'?",
  ]);
  expect(problems("name: x\ntasks: []\nsteps: []")).toEqual(["2:8 'tasks' names no task"]);
});

test("rejects invalid YAML, and YAML that is not a scenario", () => {
  expect(problems("")).toEqual([
    "1:1 the text is empty; a scenario needs at least 'name' and 'steps'",
  ]);
  expect(problems("# only a comment\n")).toEqual([
    "1:1 the text is empty; a scenario needs at least 'name' and 'steps'",
  ]);
  expect(problems("hello")).toEqual([
    "1:1 'hello' is not a scenario; a scenario is a mapping with 'name' and 'steps'",
  ]);
  expect(problems("name: x\nsteps:\n\t- exec:\n")[0]).toBe(
    "3:1 a tab cannot indent YAML; use spaces",
  );
  expect(problems("name: x\nsteps: []\n---\nname: y\n")[0]).toBe(
    "3:1 a file holds one scenario; remove everything from '---'",
  );
  expect(problems("name: x\nname: y\nsteps: []")).toEqual(["2:1 'name' occurs twice"]);
  expect(problems("name: [x\nsteps: []")[0]).toMatch(/^\d+:\d+ not YAML: /);
  expect(problems("name: x\nsteps: *nowhere")[0]).toBe("2:8 unknown alias '*nowhere'");
  expect(problems("name: !!js/function x\nsteps: []")[0]).toBe(
    "1:21 scenarios have no tags: tag:yaml.org,2002:js/function",
  );
});

test("rejects hostile texts quickly", () => {
  const deep = `name: x\nsteps: ${"[".repeat(20_000)}`;
  expect(problems(deep)[0]).toMatch(/^2:\d+ nested deeper than 32 levels$/);
  const indented = Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
  expect(problems(indented).some((line) => line.includes("nested deeper"))).toBe(true);
  const bomb = [
    "a: &a0 [x, x, x, x, x, x, x, x, x, x]",
    ...Array.from({ length: 9 }, (_, i) => `a${i}: &a${i + 1} [${`*a${i},`.repeat(10)}]`),
  ].join("\n");
  expect(problems(bomb).some((line) => line.includes("after the expansion of aliases"))).toBe(true);
  expect(problems("a: &a [*a]\nname: x\nsteps: []")).toContain(
    "1:8 '*a' refers to a node that contains it",
  );
  expect(problems("x".repeat((1 << 20) + 1))).toEqual([
    "1:1 the text is longer than 1048576 characters",
  ]);
  expect(problems(`name: x\nsteps:\n${"  - nonsense: 1\n".repeat(1000)}`)).toHaveLength(50);
});

test("names of Object.prototype are not valid words", () => {
  for (const word of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    expect(stepProblems(`  - ${word}: 1`)[0]).toContain(`unknown step '${word}'`);
    expect(stepProblems(`  - unshare: ${word}`)[0]).toContain(`unknown CLONE flag '${word}'`);
    expect(stepProblems(`  - bpf: MAP_CREATE\n    attr: { ${word}: 1 }`)[0]).toContain("no field");
    expect(stepProblems(`  - bpf: PROG_LOAD\n    attr: { insns: [${word} r0 0] }`)[0]).toContain(
      `unknown instruction '${word}'`,
    );
    expect(stepProblems(`  - bpf: PROG_LOAD\n    attr: { insns: ${word} }`)[0]).toContain(
      `unknown program '${word}'`,
    );
  }
});

test("integers are exact from -2^63 to 2^64-1", () => {
  const values = read(
    [
      "9007199254740991",
      "9007199254740993",
      "18446744073709551615",
      "0xffffffffffffffff",
      "-9223372036854775808",
      "0x10",
      "0o17",
    ]
      .map((value) => `  - umask: ${value}`)
      .join("\n"),
  ).map((step) => step.args.mask);
  expect(values).toEqual([
    9007199254740991,
    9007199254740993n,
    18446744073709551615n,
    18446744073709551615n,
    -9223372036854775808n,
    16,
    15,
  ]);
});

test("parses a scenario to a value", () => {
  const scenario = parseScenario(`
name: all of it
about: |
  Two
  lines.
rules: [TC-07, OP-12]
needs: { since: 6.10, until: "6.18", features: [sysctl] }
sysctl: { kernel.unprivileged_bpf_disabled: 2 }
backends: [model]
tasks:
  host: root
  app:
steps:
  - fork: app
  - by: app
    bpf: MAP_CREATE
    attr: { map_type: HASH, map_flags: [TOKEN_FD], map_token_fd: -1 }
    size: 72
    as: map
    expect: { "6.18": EINVAL, "6.12": { errno: EPERM }, 6.9: ok }
    say: Why not?
  - close: $map
    expect: { value: 0 }
`);
  expect(scenario).toEqual({
    name: "all of it",
    about: "Two\nlines.",
    rules: ["TC-07", "OP-12"],
    needs: { since: "6.10", until: "6.18", features: ["sysctl"] },
    sysctl: { "kernel.unprivileged_bpf_disabled": 2 },
    backends: ["model"],
    tasks: [{ name: "host", about: "root" }, { name: "app" }],
    steps: [
      { by: "host", call: "fork", args: { task: "app" }, at: { line: 14, column: 5 } },
      {
        by: "app",
        call: "bpf",
        args: {
          cmd: "MAP_CREATE",
          attr: { map_type: "HASH", map_flags: ["TOKEN_FD"], map_token_fd: -1 },
          size: 72,
        },
        as: "map",
        expect: {
          releases: { "6.18": { errno: "EINVAL" }, "6.12": { errno: "EPERM" }, "6.9": {} },
        },
        say: "Why not?",
        at: { line: 15, column: 5 },
      },
      {
        by: "host",
        call: "close",
        args: { fd: "$map" },
        expect: { value: 0 },
        at: { line: 22, column: 5 },
      },
    ],
  });
});

test("aliases are expanded", () => {
  const steps = read("  - exec:\n    expect: &no EPERM\n  - exec:\n    expect: *no");
  expect(steps.map((step) => step.expect)).toEqual([{ errno: "EPERM" }, { errno: "EPERM" }]);
});

test("accepts Windows line ends and a byte order mark", () => {
  const text = "\uFEFFname: x\r\nsteps:\r\n  - fsopen: bpf\r\n";
  expect(parseScenario(text).steps[0]?.args).toEqual({ fs_name: "bpf" });
});
