// SPDX-License-Identifier: MIT
// Verdicts of Linux's own verifier. `npm run bpf-kernel -- build` builds the modules.
import { readFileSync } from "node:fs";
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import {
  BpfKernelMissingError,
  bpfKernelFolder,
  bpfKernelReleases,
  readBpfKernel,
} from "@bpf-token/kernel-bpf/node";
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import { describe, expect, type TestContext, test } from "vitest";
import { verifyObject } from "../../src/verify/index.ts";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const delegation = "cmds=any;maps=any;progs=any;attachs=any";

function missing(release: string): string | undefined {
  try {
    readBpfKernel(release);
    return undefined;
  } catch (error) {
    if (error instanceof BpfKernelMissingError) return error.message;
    throw error;
  }
}

const built = bpfKernelReleases();

// Without any module, one release stays and its tests are skipped with the reason.
describe.each(built.length > 0 ? built : ["6.12"])("bpf-token verify on Linux %s", (release) => {
  const why = missing(release);

  async function verify(context: TestContext, ...more: string[]) {
    if (why !== undefined) return context.skip(`verify: ${why}`);
    const object = compiled(context, "traffic");
    const words = ["verify", object, "--release", release, "--json", ...more];
    const { code, out } = await cli(words, {}, env);
    const report = JSON.parse(out) as {
      release: string;
      programs: {
        verdict: string;
        code: string | null;
        instructions: number | null;
        capabilities: { name: string; granted: boolean }[];
      }[];
    };
    return { code, ...report };
  }

  test("accepts programs and counts their instructions", async (context) => {
    const { code, programs, release: found } = await verify(context);
    expect(found.startsWith(`${release}.`)).toBe(true);
    expect(programs.length).toBeGreaterThan(0);
    expect(programs.map(({ verdict }) => verdict)).toEqual(programs.map(() => "accepted"));
    expect(programs.every(({ instructions }) => (instructions ?? 0) > 0)).toBe(true);
    expect(code).toBe(0);
  });

  test("without capabilities the process lacks CAP_BPF", async (context) => {
    const { code, programs } = await verify(context, "--caps", "none");
    expect(programs.every(({ code: errno }) => errno === "EPERM")).toBe(true);
    expect(code).toBe(1);
  });

  test("a token replaces root, with the same verdicts", async (context) => {
    const { code, programs } = await verify(context, "--token", delegation);
    expect(programs.map(({ verdict }) => verdict)).toEqual(programs.map(() => "accepted"));
    const asked = programs.flatMap(({ capabilities }) => capabilities.map(({ name }) => name));
    expect(asked).toContain("CAP_BPF");
    expect(code).toBe(0);
  });

  test("what the module lacks is unmodelled, not refused", (context) => {
    if (why !== undefined) return context.skip(`verify: ${why}`);
    const bytes = new Uint8Array(readFileSync(compiled(context, "traffic")));
    const object = parseObject(bytes, { name: "traffic" });
    const [map] = object.maps;
    if (map === undefined) throw new Error("the object has no map");
    const sizes = { type: MapType.CPUMAP, keySize: 4, valueSize: 4, flags: 0 };
    const withMap = (maxEntries: number): ObjectSpec => ({
      ...object,
      maps: [
        ...object.maps,
        { ...map, ...sizes, name: "cpus", keyTypeId: 0, valueTypeId: 0, maxEntries },
      ],
    });
    const kernel = createBpfKernel(readBpfKernel(release));
    const [one] = verifyObject(kernel, withMap(1));
    expect(one?.verdict).toBe("accepted");
    const [two] = verifyObject(kernel, withMap(2));
    expect(two?.verdict).toBe("unmodelled");
    expect(two?.reason).toContain("the module has one CPU");
    kernel.close();
  });

  test("finds the least capabilities, as root and with a token", async (context) => {
    if (why !== undefined) return context.skip(`verify: ${why}`);
    const object = compiled(context, "perfmon");
    for (const more of [[], ["--token", delegation]]) {
      const words = ["verify", object, "--release", release, "--least", ...more];
      const { code, out } = await cli(words, {}, env);
      expect(out).toContain("needs CAP_NET_ADMIN: else bpf(BPF_PROG_LOAD): EPERM\n");
      expect(out).toContain("needs CAP_BPF: else bpf(");
      expect(out).toMatch(/needs CAP_PERFMON: else .*EACCES: R10? pointer comparison prohibited\n/);
      const least = "bpf,net_admin,perfmon";
      expect(out).toContain(`least capabilities: ${least}\n`);
      expect(code).toBe(0);
      const again = ["verify", object, "--release", release, "--caps", least, ...more];
      expect((await cli(again, {}, env)).code).toBe(0);
    }
  });

  test("policy --verify proves the capabilities", async (context) => {
    if (why !== undefined) return context.skip(`verify: ${why}`);
    const object = compiled(context, "perfmon");
    const { code, out } = await cli(["policy", object, "--verify", release, "--json"], {}, env);
    const { capabilities, versions, open } = JSON.parse(out);
    expect(capabilities).toEqual(["bpf", "net_admin", "perfmon"]);
    expect(versions.join()).toContain(`Proven on Linux ${release}.`);
    expect(open.join()).not.toContain("CAP_PERFMON");
    expect(code).toBe(0);
  });

  test("a verification that does not end is stopped, and the next program is verified", async (context) => {
    if (why !== undefined) return context.skip(`verify: ${why}`);
    const object = compiled(context, "hostile");
    const words = ["verify", object, "--release", release, "--limit", "0.5"];
    const { code, out } = await cli(words, {}, env);
    expect(out).toContain("explode (xdp): unfinished\n    the verifier did not end within 0.5 s\n");
    expect(out).toContain("pass (xdp): accepted: 2 instructions");
    expect(code).toBe(3);
  });

  test("a token without the program type is no use", async (context) => {
    const { code } = await verify(context, "--token", "cmds=any;maps=any;attachs=any");
    expect(code).toBe(1);
  });
});

test("policy --verify needs the module", async (context) => {
  const object = compiled(context, "traffic");
  const { code, err } = await cli(["policy", object, "--verify", "6.1"], {}, env);
  expect(err).toBe(
    "bpf-token: policy: no module of Linux 6.1 was built. Fix: npm run bpf-kernel -- build 6.1\n",
  );
  expect(code).toBe(3);
  expect((await cli(["policy", object, "--verify", "6.1", "--try"], {}, env)).code).toBe(2);
});

test("a module that was not built has one line with the command", async (context) => {
  const object = compiled(context, "traffic");
  const { code, err } = await cli(["verify", object, "--release", "6.1"], {}, env);
  expect(err).toBe(
    "bpf-token: verify: no module of Linux 6.1 was built. Fix: npm run bpf-kernel -- build 6.1\n",
  );
  expect(code).toBe(3);
});
