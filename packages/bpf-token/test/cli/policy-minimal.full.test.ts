// SPDX-License-Identifier: MIT
// The least policy is the least: without any single bit, libbpf fails or loses what the policy names.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatDelegation } from "@bpf-token/delegation";
import { parseObject } from "@bpf-token/object";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { type Policy, type PolicyReason, policyOf } from "../../src/policy/index.ts";
import { bundleProgram } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { describeNative, support } from "./native.ts";

type PolicyPart = "delegation" | "capabilities";

describeNative("the policy for libbpf 1.5", ["pkg-config", "clang-19"], () => {
  let folder = "";
  let program = "";
  let loader = "";
  beforeAll(async () => {
    ({ folder, program } = await bundleProgram());
    loader = join(folder, "load");
    const source = fileURLToPath(new URL("../fixtures/load.c", import.meta.url));
    const { status, stderr } = spawnSync("clang-19", [source, "-o", loader, "-lbpf"], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Loads an object with libbpf. Returns whether it succeeded. */
  function loads(object: string, { delegation, capabilities }: Pick<Policy, PolicyPart>): boolean {
    const [line = ""] = formatDelegation(delegation, "exec", { capabilities });
    const words = line.replace("bpf-token ", "").replace(" COMMAND", "").split(" ");
    const { status } = spawnSync(process.execPath, [program, ...words, loader, object], {
      encoding: "utf8",
      env: { ...process.env, BPF_TOKEN_EXECUTOR: support.executor ?? "" },
      timeout: 600_000,
    });
    return status === 0;
  }

  function without(policy: Policy, { axis, name }: PolicyReason): Pick<Policy, PolicyPart> {
    const { delegation, capabilities } = policy;
    if (axis === "caps") {
      const rest = capabilities.filter((one) => one !== name);
      return { delegation, capabilities: rest.length === 0 ? ["none"] : rest };
    }
    const items = delegation[axis];
    const rest = Array.isArray(items) ? items.filter((one) => one !== name) : [];
    return { delegation: { ...delegation, [axis]: rest }, capabilities };
  }

  test.for(["count", "traffic"])(
    "%s loads with it, and each missing bit has its consequence",
    { timeout: 1_200_000 },
    (name, context: TestContext) => {
      const object = compiled(context, name);
      const parsed = parseObject(readFileSync(object));
      const version = spawnSync("pkg-config", ["--modversion", "libbpf"], { encoding: "utf8" });
      if (!version.stdout.startsWith("1.5.")) {
        return context.skip(`libbpf 1.5: this machine has '${version.stdout.trim()}'`);
      }
      const policy = policyOf([{ file: name, object: parsed }], { loader: "libbpf@1.5" });
      expect(loads(object, policy)).toBe(true);
      const wrong = policy.reasons.filter((reason) => {
        return loads(object, without(policy, reason)) === reason.required;
      });
      expect(wrong.map(({ axis, name, without }) => `${axis} ${name}: ${without}`)).toEqual([]);
    },
  );
});
