// SPDX-License-Identifier: MIT
// Verdicts of Linux's own verifier. `npm run kernel-bpf -- build` builds the modules.
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

  test("a CPU map has at most as many entries as Debian's kernel has CPUs", (context) => {
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
    const [all] = verifyObject(kernel, withMap(8192));
    expect(all?.verdict).toBe("accepted");
    const [more] = verifyObject(kernel, withMap(8193));
    expect(more?.verdict).toBe("refused");
    expect(more?.reason).toContain("E2BIG");
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
    const { capabilities, proof, open } = JSON.parse(out);
    expect(capabilities).toEqual(["bpf", "net_admin", "perfmon"]);
    expect(proof.join()).toContain(`Proven on Linux ${release}.`);
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

  test("--log prints the instructions of accepted and refused programs", async (context) => {
    if (why !== undefined) return context.skip(`verify: ${why}`);
    const object = compiled(context, "perfmon");
    for (const caps of ["all", "bpf,net_admin"]) {
      const words = ["verify", object, "--release", release, "--log", "--caps", caps];
      expect((await cli(words, {}, env)).out).toMatch(/^ {4}0: \(2d\) if r1 > r10 goto pc\+0/m);
    }
  });

  test("a token without the program type is no use", async (context) => {
    const { code } = await verify(context, "--token", "cmds=any;maps=any;attachs=any");
    expect(code).toBe(1);
  });
});

const notBuilt =
  "no module of Linux 6.1 was built. Fix: npm run kernel-bpf -- build 6.1 --fetch; outside of a clone, " +
  "pack bpf-token-kernel-bpf-6.1 in one (npm run release -- --kernel-bpf 6.1), then run npm install " +
  "--global FOLDER, or, for the .deb and the executable, copy FOLDER to " +
  "/usr/share/bpf-token/bpf-kernels/6.1";

test("policy --verify needs the module", async (context) => {
  const object = compiled(context, "traffic");
  const { code, err } = await cli(["policy", object, "--verify", "6.1"], {}, env);
  expect(err).toBe(`bpf-token: policy: ${notBuilt}\n`);
  expect(code).toBe(3);
  expect((await cli(["policy", object, "--verify", "6.1", "--try"], {}, env)).code).toBe(2);
});

test("a module that was not built has one line with the command", async (context) => {
  const object = compiled(context, "traffic");
  const { code, err } = await cli(["verify", object, "--release", "6.1"], {}, env);
  expect(err).toBe(`bpf-token: verify: ${notBuilt}\n`);
  expect(code).toBe(3);
});

// CI builds one release. With both, their verdicts are printed side by side.
const hasBoth = ["6.12", "7.3"].every((release) => built.includes(release));
describe.each(hasBoth ? ["both"] : [])("bpf-token verify --release %s", (release) => {
  test("prints the verdicts side by side, and each difference", async (context) => {
    const object = compiled(context, "differ");
    const { code, out } = await cli(["verify", object, "--release", release], {}, env);
    const lines = out.split("\n");
    expect(lines[1]).toMatch(/^ {17}6\.12\.\d+ +7\.3\.\d+$/);
    expect(lines[2]).toBe("  same (xdp)     accepted, 2 insns  accepted, 2 insns");
    expect(lines[3]).toBe("≠ acquire (xdp)  refused, EINVAL    accepted, 5 insns");
    expect(out).toContain("acquire (xdp): the verdict differs\n");
    expect(out).toMatch(
      /^ {4}6\.12\.\d+ +the log has ended\n {4}7\.3\.\d+ +1: \(db\) r0 = load_acq/m,
    );
    expect(out).toMatch(/only in the log of 6\.12\.\d+:\n(.*\n)* {4}BPF_ATOMIC uses invalid/);
    expect(code).toBe(1);
  });

  test("prints a refusal by both once, and the least capabilities of each", async (context) => {
    const object = compiled(context, "perfmon");
    const words = ["verify", object, "--release", release];
    const { out } = await cli([...words, "--caps", "bpf,net_admin"], {}, env);
    expect(out.match(/R10 pointer comparison prohibited/g)).toHaveLength(1);
    expect(out).not.toContain("differs");
    const { out: least, code } = await cli([...words, "--least"], {}, env);
    expect(least.match(/^least capabilities on .*: bpf,net_admin,perfmon$/gm)).toHaveLength(2);
    expect(code).toBe(0);
  });

  test("--json has both verdicts and the difference", async (context) => {
    const object = compiled(context, "differ");
    const { out } = await cli(["verify", object, "--release", release, "--json"], {}, env);
    const { schema, programs } = JSON.parse(out);
    expect(schema).toBe("bpf-token/verify-both@1");
    expect(programs[0]).toMatchObject({ name: "same", difference: null });
    expect(programs[1]).toMatchObject({
      verdicts: [{ verdict: "refused", code: "EINVAL" }, { verdict: "accepted" }],
      difference: { what: "verdict" },
    });
  });
});

test("--release both needs both modules", async (context) => {
  const object = compiled(context, "traffic");
  const none = { BPF_TOKEN_BPF_KERNELS: "/nonexistent" };
  const { code, err } = await cli(["verify", object, "--release", "both"], {}, none);
  expect(err).toMatch(/^bpf-token: verify: no module of Linux (6\.12|7\.3) was built\. Fix: /);
  expect(code).toBe(3);
});
