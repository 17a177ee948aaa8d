// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileFile } from "../../../../packages/object/test/compile.mjs";
import { chromiumSkipLine, findChromium } from "../../../lib/chromium.mjs";
import { root } from "../../../lib/run.mjs";
import { kernelFolders, withExtras } from "../lib/extras.mjs";
import { axeFindings, type ServedPlayground, servePlayground } from "./playground-page.ts";

// The view "Verifier", with a module of Linux's BPF subsystem that this machine built.

const executablePath = findChromium();
const release = bpfKernelReleases()[0];
const folder = join(bpfKernelFolder(), release ?? "");
const kernels = (await kernelFolders()).slice(0, 1);
const files = ["kernel.wasm", "vmlinux.btf", "config"];

if (executablePath === undefined) test("the page", (context) => context.skip(chromiumSkipLine));
if (release === undefined) {
  test("the verifier in a page", (context) =>
    context.skip("the view Verifier: no module (npm run kernel-bpf -- build 6.12)"));
}
describe.runIf(executablePath !== undefined && release !== undefined)("the view Verifier", () => {
  let served: ServedPlayground;

  beforeAll(async () => {
    served = await servePlayground(executablePath ?? "", {
      page: (html) => withExtras(html, kernels),
      folders: { [`kernels/${kernels[0]?.name}`]: folder },
    });
  });
  afterAll(() => served?.close());

  const verdict = (page: Page, name: string) =>
    page.locator(`section.verdict[aria-label="Verdict on ${name}"] .errno`);
  const choose = async (page: Page, name: string): Promise<void> => {
    await page.getByRole("button", { name, exact: true }).click({ timeout: 120_000 });
    await verdict(page, name).waitFor();
  };

  test("files that a visitor chooses verify the example, and a program runs", async () => {
    const { page, problems } = await served.open("view=verifier&lacks=PERFMON:SYS_ADMIN");
    await page.getByLabel("Linux's own BPF subsystem").selectOption("files");
    const input = page.getByLabel("kernel.wasm, vmlinux.btf and config");
    await input.setInputFiles(join(folder, "kernel.wasm"));
    await page.getByText("Still missing: vmlinux.btf, config.").waitFor();
    await input.setInputFiles(files.map((name) => join(folder, name)));
    await page.getByRole("button", { name: "Use an example" }).click();
    await choose(page, "no_bounds_check");
    expect(await verdict(page, "no_bounds_check").textContent()).toBe("refused");
    expect(await page.locator("section.verdict pre").textContent()).toContain(
      "invalid access to packet",
    );
    await choose(page, "compares_pointers");
    expect(await verdict(page, "compares_pointers").textContent()).toBe("refused");
    await page.getByLabel("CAP_PERFMON").check();
    await verdict(page, "compares_pointers").getByText("accepted").waitFor({ timeout: 120_000 });
    await choose(page, "drop_ipv4");
    expect(await page.locator("table.log").textContent()).toMatch(/R0_?w?=/);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const run = page.getByLabel("Test run");
    await run.getByText("returned XDP_DROP (1)").waitFor({ timeout: 120_000 });
    expect(await run.textContent()).toContain("no line information");
    expect(page.url()).toContain("program=drop_ipv4");
    expect(problems).toEqual([]);
  });

  test("a wrong file is refused with its cause", async () => {
    const { page, problems } = await served.open("view=verifier");
    await page.getByLabel("Linux's own BPF subsystem").selectOption("files");
    const input = page.getByLabel("kernel.wasm, vmlinux.btf and config");
    const file = (name: string, text: string) => {
      return { name, mimeType: "application/octet-stream", buffer: Buffer.from(text) };
    };
    await input.setInputFiles([
      file("kernel.wasm", "<img>"),
      file("vmlinux.btf", ""),
      file("config", "# Linux/x86 6.12.1 Kernel Configuration\n"),
    ]);
    await page.getByRole("button", { name: "Use an example" }).click();
    const problem = page.locator(".problem");
    await problem.waitFor();
    expect(await problem.textContent()).toContain("kernel.wasm is not a WebAssembly module");
    await input.setInputFiles([file("config", "CONFIG_BPF=y\n")]);
    await page.getByText("names no release").waitFor();
    expect(problems).toEqual([]);
  });

  test("a kernel of the server shows source lines, and the least capabilities", async (context) => {
    const object = compileFile(`${root}packages/bpf-token/test/fixtures/count.bpf.c`);
    if (object === undefined) return context.skip("the verifier's view: no clang for an object");
    const { page, problems } = await served.open("view=verifier&token=yes&least=yes");
    await page.getByLabel("A compiled BPF object").setInputFiles({
      name: "count.bpf.o",
      mimeType: "application/octet-stream",
      buffer: Buffer.from(object),
    });
    await verdict(page, "count").waitFor({ timeout: 120_000 });
    expect(await verdict(page, "count").textContent()).toBe("accepted");
    await page.locator("section.verdict li", { hasText: "CAP_BPF" }).waitFor();
    await page.locator(".log .source", { hasText: "u32 zero = 0" }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(problems).toEqual([]);
  });
});
