// SPDX-License-Identifier: MIT
// Records real loaders on the running kernel. With the policy of the recording they succeed in a
// container; without one of its bits they do not, or lose what the policy names.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatDelegation, sameDelegation } from "@bpf-token/delegation";
import { RecordedCallReader } from "@bpf-token/diagnose";
import { parseObject } from "@bpf-token/object";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { type Policy, type PolicyReason, policyOf, policyOfCalls } from "../../src/policy/index.ts";
import { bundleProgram } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { describeNative, support } from "./native.ts";

type Granted = Pick<Policy, "delegation" | "capabilities">;

describeNative("the policy of a recording", ["clang-19"], () => {
  let folder = "";
  let program = "";
  let loader = "";
  /** A program in the package. The bundle is in another directory and would not find it. */
  const built = (name: string): string => {
    const place = `../../../kernel-native/prebuilds/linux-${process.arch}/${name}`;
    return fileURLToPath(new URL(place, import.meta.url));
  };
  const run = (command: string, args: readonly string[]) =>
    spawnSync(command, args, {
      encoding: "utf8",
      env: {
        ...process.env,
        BPF_TOKEN_EXECUTOR: support.executor ?? "",
        BPF_TOKEN_ADDON: built("bpf-token.node"),
      },
      timeout: 600_000,
    });
  beforeAll(async () => {
    ({ folder, program } = await bundleProgram());
    loader = join(folder, "load");
    const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const made = run("clang-19", [path("../fixtures/load.c"), "-o", loader, "-lbpf"]);
    expect([made.status, made.stderr]).toEqual([0, ""]);
    const build = path("../../../../tools/build/native/build.mjs");
    expect(run(process.execPath, [build, "--quiet", "recorder", process.arch]).status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const policyOfFile = (file: string): Policy => {
    const reader = new RecordedCallReader();
    reader.push(readFileSync(file, "utf8"));
    return policyOfCalls(reader.finish());
  };

  /** Runs a command in a container. Returns whether it succeeded. */
  function succeeds(command: readonly string[], { delegation, capabilities }: Granted): boolean {
    const [line = ""] = formatDelegation(delegation, "exec", { capabilities });
    const words = line.replace("bpf-token ", "").replace(" COMMAND", "").split(" ");
    return run(process.execPath, [program, ...words, ...command]).status === 0;
  }

  function without({ delegation, capabilities }: Granted, { axis, name }: PolicyReason): Granted {
    if (axis === "caps") {
      const rest = capabilities.filter((one) => one !== name);
      return { delegation, capabilities: rest.length === 0 ? ["none"] : rest };
    }
    const items = delegation[axis];
    const rest = Array.isArray(items) ? items.filter((one) => one !== name) : [];
    return { delegation: { ...delegation, [axis]: rest }, capabilities };
  }

  /** The bits whose absence has another effect than the policy says. */
  const wrong = (policy: Policy, command: readonly string[]): readonly string[] =>
    policy.reasons
      .filter((reason) => succeeds(command, without(policy, reason)) === reason.required)
      .map(({ axis, name, without: text }) => `${axis} ${name}: ${text}`);

  const trace = (command: readonly string[], under: readonly string[] = []): string => {
    const file = join(folder, "trace.jsonl");
    const recorder = [built("bpf-token-record"), "-o", file, "--"];
    const [first = "", ...rest] = [...under, ...recorder, ...command];
    expect(run(first, rest).status).toBe(0);
    return file;
  };
  const strace = (command: readonly string[]): string => {
    const file = join(folder, "strace.log");
    expect(run("strace", ["-f", "-v", "-s", "65536", "-o", file, ...command]).status).toBe(0);
    return file;
  };

  test.for(["count", "traffic"])(
    "libbpf loads %s with it, and each missing bit has its consequence",
    { timeout: 1_200_000 },
    (name, context: TestContext) => {
      const object = compiled(context, name);
      const command = [loader, object];
      const policy = policyOfFile(trace(command));
      expect(succeeds(command, policy)).toBe(true);
      expect(wrong(policy, command)).toEqual([]);
      // The static policy of the object finds the same.
      const spec = parseObject(readFileSync(object));
      const known = policyOf([{ file: name, object: spec }], { loader: "libbpf@1.5" });
      const version = run("pkg-config", ["--modversion", "libbpf"]).stdout;
      if (version.startsWith("1.5.")) {
        expect(sameDelegation(policy.delegation, known.delegation)).toBe(true);
        expect(policy.capabilities).toEqual(known.capabilities);
      }
    },
  );

  test("a log of strace gives the same policy", { timeout: 600_000 }, (context) => {
    if (run("strace", ["--version"]).status !== 0) return context.skip("strace is not installed");
    const command = [loader, compiled(context, "traffic")];
    const [fromStrace, fromTrace] = [strace(command), trace(command)].map(policyOfFile);
    expect(fromStrace?.delegation).toEqual(fromTrace?.delegation);
    expect(fromStrace?.capabilities).toEqual(fromTrace?.capabilities);
  });

  test("bpftool succeeds with it, and not without a bit", { timeout: 1_200_000 }, (context) => {
    const bpftool = ["/usr/sbin/bpftool", "/usr/bin/bpftool"].find(
      (path) => run(path, ["version"]).status === 0,
    );
    if (bpftool === undefined) return context.skip("bpftool is not installed");
    const pin = "/sys/fs/bpf/bpf-token-policy-from";
    const command = [bpftool, "prog", "load", compiled(context, "count"), pin];
    // The container has a bpffs of its own, which ends with it.
    const everything = ["cmds", "maps", "progs", "attachs"].map((axis) => `${axis}=any`).join();
    const container = ["exec", "--delegate", everything, "--"];
    const inside = trace(command, [process.execPath, program, ...container]);
    const policy = policyOfFile(inside);
    expect(succeeds(command, policy)).toBe(true);
    expect(wrong(policy, command)).toEqual([]);
    expect(policy.delegation.progs).not.toContain("kprobe");
    expect(policy.open.join()).not.toContain("passes no token");
  });

  test("bpf-token's own loader needs no tests", { timeout: 1_200_000 }, (context) => {
    const command = [process.execPath, program, "load", compiled(context, "count")];
    const policy = policyOfFile(trace(command));
    expect(policy.delegation).toEqual({
      ...{ cmds: ["map_create", "prog_load", "btf_load"], maps: ["array"] },
      ...{ progs: ["xdp"], attachs: ["xdp"] },
    });
    expect(succeeds(command, policy)).toBe(true);
    expect(wrong(policy, command)).toEqual([]);
  });
});
