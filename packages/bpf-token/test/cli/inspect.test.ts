// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dialects } from "@bpf-token/delegation";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import type { InspectReport } from "../../src/inspect/report.ts";
import { policyLoaders } from "../../src/policy/index.ts";
import { bundleProgram } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { describeNative, support } from "./native.ts";
import { cli } from "./run-cli.ts";

const traffic = (context: TestContext): string => compiled(context, "traffic");

async function report(
  ...argv: readonly string[]
): Promise<InspectReport & { readonly schema: string }> {
  const { code, out, err } = await cli(["inspect", ...argv, "--json"]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as InspectReport & { readonly schema: string };
}

describe("inspect", () => {
  test("prints programs, maps and the needed delegation", async (context) => {
    const { code, out, err } = await cli(["inspect", traffic(context), "-v"]);
    expect([code, err]).toEqual([0, ""]);
    for (const line of [
      /^ {2}count +xdp +xdp\/xdp +\d+ insns$/m,
      /^ {2}enter +raw_tp\/sys_enter +raw_tracepoint +\d+ insns +loaded only on request$/m,
      /^ {2}flows +hash +key 24, value 24, entries 64$/m,
      /^ {2}\.rodata +array +key 4, value 9, entries 1 +flags 0x480, variables$/m,
      /^ {2}license +4 bytes$/m,
      /^ {2}maps +percpu_array +map totals$/m,
      /^ {2}caps +net_admin +program count; libbpf tests support for expected_attach_type$/m,
    ]) {
      expect(out).toMatch(line);
    }
  });

  test("prints the same report as JSON", async (context) => {
    const { schema, programs, maps, needs, btf, core } = await report(traffic(context));
    expect(schema).toBe("bpf-token/inspect@2");
    expect(programs[0]).toMatchObject({
      name: "count",
      type: "xdp",
      attach: "xdp",
      maps: [".data", ".rodata", "events", "totals", "flows", ".bss"],
      helpers: ["ringbuf_reserve", "map_lookup_elem", "ringbuf_submit"],
      autoload: true,
    });
    expect(programs[1]).toMatchObject({ name: "enter", target: "sys_enter", attach: null });
    expect(maps.find(({ name }) => name === "events")).toMatchObject({ type: "ringbuf" });
    expect(btf?.types).toBeGreaterThan(30);
    expect(core).toEqual({ relocations: 0, kinds: {} });
    expect(needs.loader).toBe("libbpf 1.4 to 1.7");
    expect(needs.delegation.progs).toEqual(["socket_filter", "xdp", "cgroup_sock"]);
    expect(needs.policies.kernel[0]).toContain("delegate_progs=socket_filter:xdp:cgroup_sock,");
  });

  test.for([...dialects, "mount", "kubernetes", "all"])(
    "--for %s prints what policy prints, on both outputs",
    async (dialect, context) => {
      const file = traffic(context);
      const printed = await cli(["inspect", file, "--for", dialect, "--no-prove"]);
      expect(printed).toMatchObject({ code: 0, err: expect.stringContaining("Linux 6.9") });
      expect(await cli(["policy", file, "--for", dialect, "--no-prove"])).toEqual(printed);
    },
  );

  test.for(Object.keys(policyLoaders))(
    "--loader %s has the policy's needs",
    async (loader, context) => {
      const file = traffic(context);
      const { needs } = await report(file, "--loader", loader, "--no-prove");
      const { out } = await cli(["policy", file, "--loader", loader, "--json", "--no-prove"]);
      expect(JSON.parse(out)).toMatchObject(needs);
    },
  );

  test("--all includes programs that are loaded only on request", async (context) => {
    const { needs } = await report(traffic(context), "--all");
    expect(needs.policies.kernel[0]).toContain(":raw_tracepoint");
    expect(needs.capabilities).toContain("perfmon");
  });

  test("a malformed object is a finding, with the offset", async (context) => {
    const file = traffic(context);
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    const { code, out, err } = await cli(["inspect", file]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/traffic\.bpf\.o: ELF header.*section header table/);
    writeFileSync(file, "no object");
    expect(await cli(["inspect", file])).toMatchObject({ code: 1 });
  });

  test("unreadable files and invalid options are usage errors", async () => {
    const missing = await cli(["inspect", "/nowhere/x.o"]);
    expect(missing).toMatchObject({
      code: 2,
      err: expect.stringContaining("the file does not exist"),
    });
    expect((await cli(["inspect"])).code).toBe(2);
    const word = await cli(["inspect", "x.o", "--for", "systemdd"]);
    expect(word).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean 'systemd'?"),
    });
  });
});

describeNative("the policy for libbpf", ["bpftool", "clang-19"], () => {
  let folder = "";
  let program = "";
  beforeAll(async () => {
    ({ folder, program } = await bundleProgram());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("the printed policy suffices for bpftool", { timeout: 600_000 }, async (context) => {
    const object = traffic(context);
    const line = (await report(object)).needs.policies.exec[0] ?? "";
    const words = line.replace("bpf-token ", "").replace(" COMMAND", "").split(" ");
    const load = ["bpftool", "prog", "load", object, "/sys/fs/bpf/all"];
    const run = spawnSync(process.execPath, [program, ...words, ...load], {
      encoding: "utf8",
      env: { ...process.env, BPF_TOKEN_EXECUTOR: support.executor ?? "" },
      timeout: 600_000,
    });
    expect([run.status, run.stderr]).toEqual([0, ""]);
  });
});
