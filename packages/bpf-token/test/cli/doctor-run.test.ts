// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Diagnosis } from "@bpf-token/diagnose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms } from "./build-programs.ts";
import { describeNative, support } from "./native.ts";
import { filter } from "./refusing-filter.ts";
import { cli } from "./run-cli.ts";

test.each([
  [["--"], "doctor: the command is missing: doctor … -- COMMAND"],
  [["--pid", "1", "--", "true"], "doctor: give only one of --pid, -- COMMAND"],
])("doctor %j", async (words, message) => {
  const { code, err } = await cli(["doctor", ...words]);
  expect([code, err.split("\n")[0]]).toEqual([2, `bpf-token: ${message}`]);
});

describeNative("doctor of a command", ["cc", "setpriv"], () => {
  let folder = "";
  let program = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "doctor-run-"));
    const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    buildPrograms("recorder");
    program = join(folder, "refused");
    const source = path("../fixtures/refused.c");
    const made = spawnSync("cc", ["-static", "-O1", "-o", program, source], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const env = { PATH: process.env.PATH ?? "" };
  /** A program in a container that delegates array maps. */
  const contained = (...args: readonly string[]): readonly string[] => [
    // The executor reports failures on file descriptor 3.
    ...["sh", "-c", 'exec "$@" 3>/dev/null', "sh"],
    ...[support.executor ?? "", "delegate", "/sys/fs/bpf", "0xffffffffffffffff", "0"],
    ...["delegate_cmds=map_create", "delegate_maps=array", "--", ...args],
  ];

  test("judges the process whose call was refused", async () => {
    const bundle = join(folder, "bundle.json");
    const words = ["doctor", "--bundle", bundle, "--", ...contained(program, "type")];
    const { code, out, err } = await cli(words, {}, env);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^the kernel refused a call of refused \(pid \d+\): 1 reason\n/);
    expect(err).toContain("\n1. error [token.dropped.map]\n");
    expect(err).toMatch(/\nrecorded: bpf\(\) calls: \d+; refused calls: 1\n/);
    expect(JSON.parse(readFileSync(bundle, "utf8"))).toMatchObject({
      userns: { initial: false },
      // The filter of the recorder does not count.
      seccomp: 0,
    });
  });

  test("--try under a seccomp filter names the filter before what the kernel would ask for", () => {
    const file = join(folder, "filter");
    writeFileSync(file, filter());
    const bin = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));
    const names = (...more: readonly string[]): readonly string[] => {
      const doctor = [process.execPath, bin, "doctor", "--try", "--json"];
      const [shell = "", ...words] = contained(...more, ...doctor);
      const caps = words.map((word) => (word.startsWith("0xffff") ? "0x1000" : word));
      const { stdout, stderr } = spawnSync(shell, caps, { encoding: "utf8", env });
      expect(stderr).toBe("");
      const { findings } = JSON.parse(stdout) as Diagnosis;
      return findings.filter(({ severity }) => severity === "error").map(({ id }) => id);
    };
    const setpriv = ["setpriv", "--seccomp-filter", file];
    expect(names(...setpriv)).toEqual(["doctor.seccomp", "token.create.capable"]);
    expect(names()).toEqual(["token.create.capable"]);
  });

  test("judges each process whose call was refused, and counts those alike", async () => {
    const script = '"$0" type; "$0" type; "$0" memory';
    const words = ["--", ...contained("sh", "-c", script, program)];
    const { code, err } = await cli(["doctor", ...words], {}, env);
    expect(code).toBe(1);
    expect(err.match(/^the kernel refused .*/gm)).toHaveLength(2);
    expect(err).toContain("1 more process with these capabilities: the same\n");
    expect(err.match(/^\d\. error \[.*/gm)).toEqual([
      "1. error [token.dropped.map]",
      "2. error [bpf.attr.fault]",
    ]);
    const { err: json } = await cli(["doctor", "--json", ...words], {}, env);
    const { more } = JSON.parse(json) as { more: readonly Diagnosis[] };
    expect(more.map(({ findings }) => findings[0])).toMatchObject([
      { id: "bpf.attr.fault", page: "checks/bpf.attr.fault.html" },
    ]);
    const { err: sarif } = await cli(["doctor", "--sarif", ...words], {}, env);
    expect(sarif.match(/"ruleId": "[^"]*"/g)).toEqual([
      '"ruleId": "token.dropped.map"',
      '"ruleId": "bpf.attr.fault"',
    ]);
  });

  test("finds no error if every call succeeds", async () => {
    const { code, err } = await cli(
      ["doctor", "--json", "--", ...contained(program, "20")],
      {},
      env,
    );
    const { ok, calls } = JSON.parse(err) as Diagnosis;
    expect([code, ok, calls?.refused]).toEqual([0, true, 0]);
    expect(calls?.made).toBeGreaterThan(1);
  });

  test("judges a command without bpf() call as it was executed", async () => {
    const { code, err } = await cli(["doctor", "--", "sleep", "0"], {}, env);
    expect(code).toBe(0);
    expect(err).toMatch(/^sleep \(pid \d+\) can call bpf\(\) without a token\n/);
    expect(err).toContain("recorded: no bpf() call; refused calls: 0\n");
  });

  test("says that a program which made no bpf() call failed for another reason", async () => {
    const { code, err } = await cli(["doctor", "--", ...contained("false")], {}, env);
    expect(code).toBe(3);
    expect(err).toContain("doctor: 'sh' made no bpf() call, so no token decides");
  });

  test.each([
    ["/nowhere/program", 127],
    ["/etc/passwd", 126],
  ])("reports that %s cannot be run", async (command, status) => {
    const { code, err } = await cli(["doctor", "--", command], {}, env);
    expect(code).toBe(3);
    expect(err).toContain(`doctor: '${command}' ended with ${status} before it made a bpf() call`);
  });
});
