// SPDX-License-Identifier: MIT
// Loads on Linux's own BPF subsystem and on the model. `npm run kernel-bpf -- build` builds the modules.
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { describe, expect, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases();
const modules = (built.length > 0 ? built : ["6.12"]).map((release) => `bpf:${release}`);
const all = ["--delegate", "cmds=any;maps=any;progs=any;attachs=any"];

describe.each([...modules, "model"])("bpf-token load --subject %s", (subject) => {
  const title = subject === "model" ? "the model of" : "the BPF subsystem of";

  async function load(context: TestContext, name: string, ...more: readonly string[]) {
    if (subject !== "model" && built.length === 0)
      return context.skip("load --subject: no module of Linux was built");
    const object = compiled(context, name);
    return cli(["load", object, "--subject", subject, ...more], {}, env);
  }

  test("loads as root, without a token", async (context) => {
    const { code, out } = await load(context, "traffic");
    expect(out).toContain(`.o: loaded on ${title} Linux `);
    expect(out).toMatch(/^ {2}no token: /m);
    expect(out).toMatch(/^ {2}program {2}count {2}xdp {2}id \d+$/m);
    expect(out.includes("only a part of the verifier")).toBe(subject === "model");
    expect(code).toBe(0);
  });

  test("loads through a delegated bpffs", async (context) => {
    const { code, out } = await load(context, "traffic", ...all, "--json");
    const { loaded, kernel, token, programs } = JSON.parse(out);
    expect([loaded, token.path, code]).toEqual([true, "/sys/fs/bpf", 0]);
    expect(kernel).toContain(title);
    expect(programs).toMatchObject([{ name: "count", type: "xdp" }]);
  });

  test("names the missing map type and how to add it", async (context) => {
    const few = ["--delegate", "cmds=any;maps=hash;progs=any;attachs=any"];
    const { code, out } = await load(context, "traffic", ...few);
    expect(out).toContain(`.o: not loaded on ${title} Linux `);
    expect(out).toContain("missing: map type ");
    expect(out).toMatch(/cause: {3}the token lacks map type \w+, so the kernel ignored it/);
    expect(out).toMatch(/fix: {5}.*delegate_maps=hash/);
    expect(code).toBe(1);
  });

  test("names the missing capability", async (context) => {
    const { code, out } = await load(context, "traffic", ...all, "--caps", "net_admin");
    expect(out).toContain("missing: capability CAP_BPF");
    expect(code).toBe(1);
  });

  test("prints the reason of the verifier", async (context) => {
    const more = [...all, "--caps", "bpf,net_admin"];
    const { code, out } = await load(context, "perfmon", ...more);
    const reason =
      subject === "model" ? "CAP_PERFMON [verify.leak]" : "R10 pointer comparison prohibited";
    expect(out).toContain(reason);
    expect(code).toBe(1);
  });
});

describe("load --subject", () => {
  test("stops a load that does not end", async (context) => {
    if (built.length === 0) return context.skip("load --subject: no module of Linux was built");
    const object = compiled(context, "hostile");
    const words = ["load", object, "--subject", `bpf:${built[0]}`, "--limit", "0.5"];
    const { code, err } = await cli(words, {}, env);
    expect(err).toBe("bpf-token: load: the load did not end within 0.5 s\n");
    expect(code).toBe(3);
  });

  test.for([
    [["--delegate", "cmds=any"], "load: --delegate needs --subject"],
    [["--limit", "1"], "load: --limit needs --subject"],
    [["--subject", "model", "--caps", "bpf"], "load: --caps needs --delegate"],
    [["--subject", "model", "--delegate", "maps=hasch"], "load: "],
    [["--subject", "model", "--dry-run"], "load: --dry-run makes no calls; remove --subject"],
    [["--subject", "native"], "without --subject the object is loaded on the running kernel"],
    [["--subject", "modle"], "did you mean 'model'?"],
  ] as const)("refuses %j", async ([words, message], context) => {
    const { code, err } = await cli(["load", compiled(context, "traffic"), ...words], {}, env);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});
