// SPDX-License-Identifier: MIT
import { diagnose } from "@bpf-token/diagnose";
import { Fuzzer } from "@bpf-token/fuzz";
import { plan } from "@bpf-token/loader";
import type { ObjectSpec } from "@bpf-token/object";
import { parseScenario, run } from "@bpf-token/scenario";
import { describe, expect, test } from "vitest";
import {
  BpfError,
  createKernel,
  createMap,
  createToken,
  delegateBpffs,
  kernelReleases,
  openKernel,
  releases,
  unmodelledFeatures,
  unshare,
} from "../src/index.ts";
import { policyOf, policyOfCalls } from "../src/policy/index.ts";

test("the example of the README runs", () => {
  using kernel = createKernel();
  using app = kernel.init.fork();
  unshare(app, "user", "mnt");
  using bpffs = delegateBpffs(app, kernel.init, {
    delegate_cmds: "map_create",
    delegate_maps: "array",
  });
  using token = createToken(app, bpffs);
  using map = createMap(app, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1, token });
  expect(map.fd).toBeGreaterThan(token.fd);
  try {
    createMap(app, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1, token }).close();
    expect.unreachable("a hash map was not delegated");
  } catch (e) {
    expect(BpfError.is(e, "EPERM")).toBe(true);
    expect(BpfError.is(e) && e.refusal?.certainty).toBe("observed");
    expect(BpfError.is(e) && e.refusal?.chain.length).toBeGreaterThan(1);
  }
});

test("the main import has the changes between releases and the unmodelled features", () => {
  const [change] = releases("6.17", "6.18").filter(({ rule }) => rule === "MC-16");
  expect(change?.sentence).toContain("one program");
  expect(kernelReleases).toContain("6.18");
  expect(unmodelledFeatures.flatMap(({ names }) => names)).toContain("PROG_TEST_RUN");
});

describe("an unknown option is a TypeError that names it", () => {
  const any = (value: unknown): never => value as never;
  const object = {} as ObjectSpec;
  test.each<readonly [string, () => unknown, string]>([
    ["plan", () => plan(object, any({ relase: "6.12" })), "plan: unknown option 'relase'"],
    ["plan", () => plan(object, any({ loader: "libpbf" })), "plan: loader: unknown name 'libpbf'"],
    [
      "diagnose",
      () => diagnose(any({}), any({ object: new Map() })),
      "diagnose: unknown option 'object'; did you mean 'objects'?",
    ],
    [
      "diagnose",
      () => diagnose(any({}), any({ loader: "aya" })),
      "diagnose: loader: unknown name 'aya'",
    ],
    ["policyOf", () => policyOf([], any({ releas: "6.12" })), "policyOf: unknown option 'releas'"],
    [
      "policyOfCalls",
      () => policyOfCalls({ calls: [], notes: [] }, any({ releas: "6.12" })),
      "policyOfCalls: unknown option 'releas'",
    ],
    ["policyOf", () => policyOf([], any({ loader: 5 })), "policyOf: loader must be a name, not 5"],
    [
      "run",
      () => run(createKernel(), parseScenario("name: x\nsteps: []"), any({ onstep: 1 })),
      "run: unknown option 'onstep'; did you mean 'onStep'?",
    ],
    ["Fuzzer", () => new Fuzzer(any({}), any({ sed: 1 })), "Fuzzer: unknown option 'sed'"],
  ])("%s %#", (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  test("known options are accepted", () => {
    expect(policyOf([], { loader: "cilium", release: "6.12", all: true }).reasons).toEqual([]);
  });
});

test("openKernel opens the model of a release", async () => {
  using kernel = await openKernel("model", "6.12");
  expect([kernel.backend, kernel.release]).toEqual(["model", "6.12"]);
});
