// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallFinding } from "@bpf-token/diagnose";
import { pageOf } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPrograms } from "./build-programs.ts";
import { describeNative, support } from "./native.ts";
import { cli } from "./run-cli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trace-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const header = '{"schema":"bpf-token/trace@1","arch":"x64"}';
/** Writes a recording and returns its path. */
function recording(...lines: readonly (object | string)[]): string {
  const path = join(folder, "recording.jsonl");
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  writeFileSync(path, [header, ...texts, ""].join("\n"));
  return path;
}

describe("trace", () => {
  test.each([
    [[], "trace: the command is missing: trace … -- COMMAND"],
    [["ls"], "trace: put the command after '--': trace … -- ls"],
    [["--pid", "x"], "trace: --pid needs the number of a process, got 'x'"],
    [["--pid", "1", "--from", "x"], "trace: give only one of -- COMMAND, --pid, --from"],
    [["--from", "x", "-o", "y"], "trace: --output needs a program or --pid"],
    [["--from", "/nowhere/x"], "trace: cannot read '/nowhere/x': ENOENT"],
  ])("refuses the arguments %j", async (args, message) => {
    const { code, err } = await cli(["trace", ...args]);
    expect([code, err.split("\n")[0]]).toEqual([2, `bpf-token: ${message}`]);
  });

  test("explains a recording", async () => {
    const { code, out } = await cli(["trace", "--from", recording({ type: "exit", pid: 1 })]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^\nno bpf\(\) call was recorded; /)]);
  });

  test.each<[string, string, string]>([
    ["a cut line", '{"type":', "line 2: not JSON; the recording may have been cut"],
    [
      "a control character",
      '{"type":"\\u001b[2J","pid":1}',
      'line 2: type: unknown value "\\u001b[2J"',
    ],
  ])("names the place in a recording with %s", async (_, line, message) => {
    const { code, err } = await cli(["trace", "--from", recording(line)]);
    expect([code, err]).toEqual([1, `bpf-token: trace: ${message}\n`]);
  });
});

describeNative("trace of a program", ["cc"], () => {
  let program = "";
  beforeAll(() => {
    const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    buildPrograms("recorder");
    program = join(folder, "refused");
    const source = path("../fixtures/refused.c");
    const made = spawnSync("cc", ["-static", "-O1", "-Wall", "-o", program, source], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });

  /** The program in a container that delegates array maps. */
  const contained = (...args: readonly string[]): readonly string[] => [
    // The executor reports failures on file descriptor 3.
    ...["sh", "-c", 'exec "$@" 3>/dev/null', "sh"],
    ...[support.executor ?? "", "delegate", "/sys/fs/bpf", "0xffffffffffffffff", "0"],
    ...["delegate_cmds=map_create", "delegate_maps=array", "--", ...args],
  ];
  const traced = async (...command: readonly string[]) => {
    const { code, err } = await cli(
      ["trace", "--json", "--", ...command],
      {},
      { PATH: process.env.PATH ?? "" },
    );
    const { findings } = JSON.parse(err) as { findings: readonly CallFinding[] };
    return { code, findings };
  };

  test.each([
    ["type", "token.dropped.map"],
    ["copy", "token.dropped.map"],
    ["child", "token.dropped.map"],
    ["flag", "trace.token_without_flag"],
    ["closed", "token.fd.open"],
    ["file", "token.fd.kind"],
    ["memory", "bpf.attr.fault"],
  ])("names the mistake '%s'", async (what, id) => {
    const { code, findings } = await traced(...contained(program, what));
    expect(findings).toEqual([
      expect.objectContaining({ id, page: pageOf(id), outcome: "explained", severity: "error" }),
    ]);
    expect(code).toBe(0);
  });

  test("says nothing about a program whose calls succeed", async () => {
    expect(await traced(...contained(program, "20"))).toEqual({ code: 0, findings: [] });
  });

  test("names a program in the initial user namespace, and no delegation", async () => {
    const [finding] = (await traced(program, "type")).findings;
    expect(finding?.call).toMatch(/^bpf\(BPF_TOKEN_CREATE/);
  });

  test("prints cause and fix, and explains the recording again", async () => {
    const file = join(folder, "kept.jsonl");
    const env = { PATH: process.env.PATH ?? "" };
    const { err } = await cli(["trace", "-o", file, "--", ...contained(program, "type")], {}, env);
    expect(err).toMatch(
      /^\n1\. refused \[token\.dropped\.map\] in process \d+\n {3}call: {5}bpf\(BPF_MAP_CREATE/,
    );
    expect(err).toContain("fix:      mount the BPF filesystem with delegate_maps=hash:array\n");
    expect(err).toMatch(/\nfindings: 1 explained, 0 disagreements, 0 unknown/);
    // The program handles the refusal.
    const end = "the program continued after the refused calls, and ended with status 0\n";
    expect(err.endsWith(end)).toBe(true);
    const again = await cli(["trace", "--from", file]);
    expect([again.code, again.out + end]).toEqual([1, err]);
    expect(readFileSync(file, "utf8").split("\n")[0]).toBe(
      `{"schema":"bpf-token/trace@1","arch":"${process.arch}"}`,
    );
  });

  test("names the owner of the network namespace, which refuses netlink but no link", async () => {
    const attach = join(folder, "attach-xdp");
    const source = fileURLToPath(new URL("../fixtures/attach-xdp.c", import.meta.url));
    const made = spawnSync("cc", ["-static", "-O1", "-Wall", "-o", attach, source], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    // A network namespace of the initial user namespace, with its own loopback interface.
    const inContainer = (...command: readonly string[]): readonly string[] => [
      ...["unshare", "--net", ...contained(...command)],
    ];
    const all = ["cmds", "maps", "progs", "attachs"].map((axis) => `delegate_${axis}=any`);
    const delegating = (...command: readonly string[]): readonly string[] =>
      inContainer(...command).flatMap((word) =>
        word === "delegate_cmds=map_create" ? all : word.startsWith("delegate_") ? [] : [word],
      );
    const netlink = await traced(...delegating(attach, "netlink"));
    expect([netlink.code, netlink.findings.map(({ id }) => id)]).toEqual([1, ["doctor.netns"]]);
    expect(await traced(...delegating(attach, "link"))).toEqual({ code: 0, findings: [] });
    const own = delegating("unshare", "--net", attach, "netlink");
    expect(await traced(...own)).toEqual({ code: 0, findings: [] });
  });

  test("has the exit status of the program, or of its signal", async () => {
    const env = { PATH: process.env.PATH ?? "" };
    expect((await cli(["trace", "--", "sh", "-c", "exit 7"], {}, env)).code).toBe(7);
    expect((await cli(["trace", "--", "sh", "-c", "kill -9 $$"], {}, env)).code).toBe(137);
    expect((await cli(["trace", "--", "/nowhere/program"], {}, env)).code).toBe(127);
    expect((await cli(["trace", "--", "/etc/passwd"], {}, env)).code).toBe(126);
  });

  test("counts the calls, and judges nothing if the program does not run", async () => {
    const env = { PATH: process.env.PATH ?? "" };
    const none = await cli(["trace", "--", "true"], {}, env);
    expect(none.err).toMatch(/^\nno bpf\(\) call was recorded; daemons /);
    const missing = await cli(["trace", "--", "/nowhere/program"], {}, env);
    expect(missing.err).not.toContain("recorded");
  });

  test("reports a process that cannot be followed", async () => {
    const { code, err } = await cli(["trace", "--pid", "4194303"]);
    expect([code, err]).toEqual([3, expect.stringContaining("process 4194303 cannot be followed")]);
  });
});
