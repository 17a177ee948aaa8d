// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario } from "@bpf-token/scenario";
import { kernelReleases } from "@bpf-token/uapi";
import { beforeAll, describe, expect, test } from "vitest";
import { type ScenarioVectors, vectorRunner, vectorsOf } from "../../src/vectors/index.ts";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const releases = kernelReleases.filter((release) => /^\d/.test(release));
const from = (text: string): ScenarioVectors =>
  vectorsOf(parseScenario(text), releases, (release) => createKernel({ release }));
const suite = (name: string): ScenarioVectors =>
  from(
    readFileSync(new URL(`../../../conformance/scenarios/${name}.yaml`, import.meta.url), "utf8"),
  );

describe("vectors of a scenario", () => {
  test("have the calls as numbers and memory, and one errno or none", () => {
    const { vectors } = from(
      "name: a map\nrules: [MC-01]\nsteps:\n  - bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 4, value_size: 8, max_entries: 1 }\n  - bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 5, value_size: 8, max_entries: 1 }\n    expect: EINVAL\n",
    );
    const [vector] = vectors;
    expect(vectors).toHaveLength(new Set(vectors.map(({ releases: all }) => all.join())).size);
    expect(vectors.flatMap(({ releases: all }) => all).sort()).toEqual([...releases].sort());
    expect(vector).toMatchObject({ name: "a map", rules: ["MC-01"], tasks: 1 });
    const [map, wrong] = vector?.steps ?? [];
    expect(map).toMatchObject({ task: 0, op: "call", call: "bpf", answer: 3 });
    expect(map?.args?.slice(0, 2)).toEqual([0, { memory: 0 }]);
    expect(map?.memory?.[0]).toEqual({
      hex: "02000000040000000800000001",
      size: Number(map?.args?.[2]),
    });
    expect([wrong?.errno, wrong?.answer]).toEqual(["EINVAL", undefined]);
  });

  test("are several where releases answer otherwise", () => {
    const { vectors } = suite("map-create-btf-types");
    const all = vectors.flatMap((one) => one.releases);
    expect(vectors.length).toBeGreaterThan(2);
    expect(new Set(all).size).toBe(all.length);
    for (const { tasks, steps } of vectors) {
      expect(Math.max(...steps.map(({ task }) => task))).toBeLessThan(tasks);
    }
  });

  test.each([
    ["proc-others", "could open a token again (TP-16)"],
    ["gate-stats", "can affect other processes"],
    ["lsm-bpf", "has no answer"],
  ])("of %s are refused", (name, why) => {
    const { vectors, refused } = suite(name);
    expect(vectors).toEqual([]);
    expect(refused).toContain(why);
  });
});

describeNative("the runner of vectors", ["cc"], () => {
  const { file } = useProgramFolder();
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(file("run-vectors"), args, { encoding: "utf8" });
    return { status, stdout, stderr };
  };
  const write = (name: string, text: string | object): string => {
    writeFileSync(file(name), typeof text === "string" ? text : JSON.stringify(text));
    return file(name);
  };
  const fileOf = (vectors: readonly object[]): object => ({ version: 1, releases, vectors });
  const all = (name: string): object => fileOf(suite(name).vectors);

  beforeAll(() => {
    writeFileSync(file("run-vectors.c"), vectorRunner());
    const flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-o"];
    const made = spawnSync("cc", [...flags, file("run-vectors"), file("run-vectors.c")], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });

  test("answers of this kernel pass, and a wrong one fails", () => {
    const names = ["token-create-owner", "map-create-limits", "mnt-foreign", "token-dropped"];
    const files = names.map((name) => write(`${name}.json`, all(name)));
    const { status, stdout } = run(...files);
    expect(stdout).toMatch(/^TAP version 13\nok 1 - /);
    expect(stdout).toMatch(/^# [1-9]\d* passed, 0 failed, 0 skipped on Linux \d+\.\d+$/m);
    expect(status).toBe(0);
    const wrong = JSON.stringify(all("map-create-limits")).replaceAll('"EINVAL"', '"EPERM"');
    const failed = run(write("wrong.json", wrong));
    expect(failed.status).toBe(1);
    expect(failed.stdout).toMatch(
      /^not ok 1 - invalid flags and sizes by map type \(MC-08 MC-13\)$/m,
    );
    expect(failed.stdout).toMatch(
      /answers -22 \(Invalid argument\), and Linux .* answers Operation/,
    );
  });

  test("vectors of other releases, or for another sysctl, are not run", () => {
    const [vector] = suite("map-create-limits").vectors;
    const other = run(write("other.json", fileOf([{ ...vector, releases: ["5.0"] }])));
    expect(other.stdout).toContain("1..0\n# 0 passed, 0 failed, 0 skipped");
    const text = write("sysctl.json", fileOf([{ ...vector, sysctl: 7 }]));
    const release = String(vector?.releases[0]);
    expect(run("--release", release, text).stdout).toMatch(/^ok 1 - .* # SKIP kernel\.unpriv/m);
    // 6.10 answers like 6.9, what is newer than all like the newest, and 6.8 like none.
    const skips = ["6.10", "9.0", "6.8"].map((one) =>
      / # SKIP /.test(run("--release", one, text).stdout),
    );
    expect(skips).toEqual([
      vector?.releases.includes("6.9"),
      vector?.releases.includes(String(releases.at(-1))),
      false,
    ]);
  });

  const step = { task: 0, op: "call", text: "x", call: "bpf", args: [0] };
  const one = (changes: object): object =>
    fileOf([{ name: "x", rules: [], releases, tasks: 1, steps: [{ ...step, ...changes }] }]);
  test.each<[string, string | object, string]>([
    ["no JSON", "x{", "it is no file of vectors of this version"],
    ["a text without an end", '{"a": "b', "a text has no end"],
    ["an escape that is cut", '{"a": "\\u1"}', "an escape that is not of ASCII"],
    ["deep nesting", "[".repeat(40), "it is nested too deep"],
    ["a list without an end", "[1", "a comma is missing"],
    ["another version", { version: 2, vectors: [] }, "of this version"],
    ["an unknown call", one({ call: "reboot" }), "an unknown system call"],
    ["an unknown operation", one({ op: "halt" }), "an unknown operation"],
    ["a task too many", one({ task: 1 }), "a task that the vector does not have"],
    ["an unknown errno", one({ errno: "EWRONG" }), "an unknown errno"],
    ["an argument without memory", one({ args: [{ memory: 0 }] }), "does not have"],
    [
      "an address outside",
      one({ memory: [{ hex: "", size: 4 }], pointers: [{ memory: 0, offset: 0, to: 1 }] }),
      "outside of its memory",
    ],
    ["bytes beyond the size", one({ memory: [{ hex: "0102", size: 1 }] }), "the size of a memory"],
    ["seven arguments", one({ args: [0, 0, 0, 0, 0, 0, 0] }), "more than six arguments"],
    [
      "a namespace of a path",
      one({ op: "open-namespace", other: 0, namespace: "../x" }),
      "the kind of a namespace",
    ],
  ])("%s ends it with a reason", (_, text, why) => {
    const { status, stdout } = run("--release", String(releases[0]), write("bad.json", text));
    expect([status, stdout]).toEqual([2, expect.stringContaining("Bail out! ")]);
    expect(stdout).toContain(why);
  });

  test("without a file it prints its usage", () => {
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining("usage: ") });
    expect(run("--release", "x", "y").stdout).toContain(
      "Bail out! a release such as 6.12 is needed",
    );
    expect(run(file("none.json")).stdout).toContain("it cannot be read");
  });
});
