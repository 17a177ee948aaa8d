// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LoadError } from "@bpf-token/loader";
import { parseObject } from "@bpf-token/object";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type LoadReport,
  type PlanReport,
  refusedReport,
} from "../../src/cli/commands/load/report.ts";
import { bundleProgram } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { describeNative, support } from "./native.ts";
import { cli } from "./run-cli.ts";

/** The addon in the package. The bundle is in another directory and would not find it. */
const addon = fileURLToPath(
  new URL(`../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token.node`, import.meta.url),
);

describe("load --dry-run", () => {
  test("prints the calls in order", async (context) => {
    const file = compiled(context, "traffic");
    const { code, out } = await cli(["load", file, "--dry-run", "--json"]);
    const { calls, error } = JSON.parse(out) as PlanReport;
    expect([code, error]).toEqual([0, undefined]);
    const names = calls.map(({ cmd, subject }) => `${cmd} ${subject}`.trim());
    expect(names).toContain("MAP_CREATE flows");
    expect(names.at(-1)).toBe("PROG_LOAD count");
    expect(names.indexOf("BTF_LOAD")).toBeLessThan(names.indexOf("MAP_CREATE flows"));
    const text = await cli(["load", file, "--dry-run", "--program", "enter"]);
    expect(text.out).toMatch(/^PROG_LOAD enter {2}.*insn_cnt=\d+ insns=\d+ bytes/m);
    expect(text.out).not.toContain("PROG_LOAD count");
  });
});

test("load reports an object whose variable has no type as malformed", async (context) => {
  const file = compiled(context, "traffic");
  const bytes = readFileSync(file);
  // struct btf_type of a VAR with external linkage: info, type, linkage.
  const VAR = 14 << 24;
  const records = Array.from({ length: bytes.length / 4 - 3 }, (_, i) => 4 * i).filter(
    (at) => bytes.readUInt32LE(at) === VAR && bytes.readUInt32LE(at + 8) === 1,
  );
  expect(records).not.toEqual([]);
  for (const at of records) {
    const hostile = Buffer.from(bytes);
    hostile.writeUInt32LE(327707, at + 4);
    writeFileSync(file, hostile);
    const { code, err } = await cli(["load", file, "--subject", "model@7.3"]);
    // Nothing reads the type of the license.
    if (code === 0) continue;
    expect(code).toBe(1);
    expect(err).toBe(`bpf-token: ${file}: .BTF+0x0: there is no type 327707\n`);
  }
});

test("load --dry-run --loader libbpf prints the probing calls and the probed features", async (context) => {
  const file = compiled(context, "traffic");
  const { code, out } = await cli(["load", file, "--dry-run", "--loader", "libbpf"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^PROG_LOAD \(probes memcg_account\) {2}prog_type=1 /);
  const json = await cli(["load", file, "--dry-run", "--loader", "libbpf", "--json"]);
  const { calls } = JSON.parse(json.out) as PlanReport;
  expect(calls[1]).toMatchObject({ cmd: "PROG_LOAD", subject: "", feature: "loading" });
  const own = calls.filter(({ feature }) => feature === undefined);
  expect(own.map(({ cmd, subject }) => `${cmd} ${subject}`)).toContain("PROG_LOAD count");
  const wrong = [
    ["--loader", "libbpf"],
    ["--dry-run", "--loader", "aya"],
  ];
  for (const words of wrong) expect((await cli(["load", file, ...words])).code).toBe(2);
});

describe("load", () => {
  test("invalid options and files are reported", async (context) => {
    const file = compiled(context, "traffic");
    expect((await cli(["load"])).code).toBe(2);
    const program = await cli(["load", file, "--program", "cont"]);
    expect(program).toMatchObject({
      code: 2,
      err: expect.stringContaining("it has: count, enter"),
    });
    expect((await cli(["load", file, "--dry-run", "--token", "auto"])).code).toBe(2);
    expect((await cli(["load", "/nowhere.o"])).code).toBe(2);
    expect((await cli(["load", "/proc/version"])).code).toBe(1);
  });
});

test("a refusal by the verifier is reported with the explanation of Linux 7.3, if there is one", (context) => {
  const object = parseObject(readFileSync(compiled(context, "traffic")));
  const report = (log: string) => {
    const error = new LoadError({ phase: "program", subject: "count" }, "EACCES", { log });
    return refusedReport("traffic.o", object, error, 10).error;
  };
  const older = "0: (95) exit\nR0 !read_ok\nprocessed 1 insns\n";
  expect(report(older)).toMatchObject({
    diagnosis: null,
    verifier: expect.stringMatching(/^R0 !read_ok\n/),
  });
  const newer = older.replace(
    "processed",
    "\nVerification failed: Policy: Not allowed\n\nReason:\n  It is\n  forbidden.\n\nprocessed",
  );
  expect(report(newer)).toMatchObject({
    diagnosis: { category: "Policy", problem: "Not allowed", reason: "It is forbidden." },
    verifier: expect.stringMatching(/^R0 !read_ok\nPolicy: Not allowed\n {2}It is forbidden\.\n/),
  });
});

describeNative("load in a container of its own", ["clang-19"], () => {
  let folder = "";
  let program = "";
  beforeAll(async () => {
    ({ folder, program } = await bundleProgram());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const env = {
    ...process.env,
    BPF_TOKEN_EXECUTOR: support.executor ?? "",
    BPF_TOKEN_ADDON: addon,
  };
  const run = (words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
      encoding: "utf8",
      env,
      timeout: 600_000,
    });
    return { code: status, out: stdout, err: stderr };
  };
  /** The policy that `inspect` prints, as arguments of `exec`. */
  const policy = (object: string): string[] => {
    const { out } = run(["inspect", object, "--for", "exec", "--loader", "bpf-token"]);
    return out.trim().replace("bpf-token ", "").replace(" COMMAND", "").split(" ");
  };
  const inside = (words: readonly string[], object: string, ...more: readonly string[]) =>
    run([...words, process.execPath, program, "load", object, ...more]);

  test("the policy of inspect suffices, and each bit is needed", {
    timeout: 600_000,
  }, async (context) => {
    const object = compiled(context, "traffic");
    const exact = policy(object);
    const loaded = inside(exact, object, "--json");
    expect([loaded.code, loaded.err]).toEqual([0, ""]);
    const report = JSON.parse(loaded.out) as LoadReport;
    expect(report).toMatchObject({ schema: "bpf-token/load@1" });
    expect(report.token).toMatchObject({ path: "/sys/fs/bpf" });
    expect(report.programs?.map(({ name, type }) => [name, type])).toEqual([["count", "xdp"]]);
    expect(report.maps?.map(({ name }) => name)).toContain(".bss");
    expect(report.notes).toEqual([]);

    const delegation = exact.find((word) => word.startsWith("cmds=")) ?? "";
    const names = delegation.split(",").flatMap((part) => {
      const [axis = "", all = ""] = part.split("=");
      return all.split(":").map((name) => ({ axis, name, all }));
    });
    expect(names.length).toBe(9);
    for (const { axis, name, all } of names) {
      const rest = all.split(":").filter((one) => one !== name);
      // A mask without its last bit is omitted, because an empty mask is not valid.
      const less = delegation
        .split(",")
        .flatMap((part) => {
          if (!part.startsWith(`${axis}=`)) return [part];
          return rest.length === 0 ? [] : [`${axis}=${rest.join(":")}`];
        })
        .join(",");
      const words = exact.map((word) => (word === delegation ? less : word));
      const { code, out } = inside(words, object, "--json");
      const { error } = JSON.parse(out) as LoadReport;
      expect([name, code, error?.missing[0]?.add]).toEqual([name, 1, name]);
      expect(error?.missing[0]?.fix).toContain(`delegate_${axis}=`);
    }
  });

  test("README.md shows the real output", { timeout: 600_000 }, (context) => {
    const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
    const blocks = (language: string) =>
      [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
        .filter(([, one]) => one === language)
        .map(([, , code = ""]) => code);
    const object = compiled(context, "count");
    const exec = blocks("sh").find((text) => text.includes(" exec ")) ?? "";
    const words = exec.replaceAll("\\\n", "").trim().split(/\s+/).slice(2);
    const policy = words.slice(0, words.indexOf("--") + 1);
    expect(inside(policy, object)).toMatchObject({ code: 0, err: "" });
    const hash = policy.map((word) => word.replace("maps=array", "maps=hash"));
    const { code, out } = inside(hash, object);
    expect(code).toBe(1);
    expect(blocks("text")).toContain(out.replace(object, "count.bpf.o"));
  });

  test("prints text for a loaded object and for a refused one", {
    timeout: 600_000,
  }, async (context) => {
    const object = compiled(context, "traffic");
    const { out } = inside(policy(object), object);
    expect(out).toMatch(/traffic\.bpf\.o: loaded\n {2}token from \/sys\/fs\/bpf: delegate_cmds=/);
    expect(out).toMatch(/^ {2}program {2}count {2}xdp {2}id \d+$/m);
    const never = inside(policy(object), object, "--token", "never");
    expect(never.code).toBe(1);
    expect(never.out).toMatch(/not loaded\n {2}\w+/);
  });
});
