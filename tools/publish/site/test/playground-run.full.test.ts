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

// The view "Verifier" runs programs on packets.

const executablePath = findChromium();
const release = bpfKernelReleases()[0];
const objectOf = (name: string) =>
  compileFile(`${root}packages/bpf-token/test/fixtures/${name}.bpf.c`);
const why =
  executablePath === undefined
    ? chromiumSkipLine
    : release === undefined
      ? "runs in the page: no module (npm run kernel-bpf -- build 6.12)"
      : objectOf("page") === undefined
        ? "runs in the page: no clang for an object"
        : undefined;

if (why !== undefined) test("runs on packets in a page", (context) => context.skip(why));
describe.runIf(why === undefined)("a run on a packet", { timeout: 240_000 }, () => {
  let served: ServedPlayground;

  beforeAll(async () => {
    const kernels = (await kernelFolders()).slice(0, 1);
    served = await servePlayground(executablePath ?? "", {
      page: (html) => withExtras(html, kernels),
      folders: { [`kernels/${kernels[0]?.name}`]: join(bpfKernelFolder(), release ?? "") },
    });
  }, 120_000);
  afterAll(() => served?.close());

  const open = async (fixture: string, program: string, name = `${fixture}.bpf.o`) => {
    const opened = await served.open("view=verifier");
    await opened.page.getByLabel("A compiled BPF object").setInputFiles({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(objectOf(fixture) ?? new Uint8Array()),
    });
    await opened.page
      .getByRole("button", { name: program, exact: true })
      .click({ timeout: 120_000 });
    return opened;
  };
  const card = (page: Page) => page.getByLabel("Test run");
  const run = async (page: Page, packet: string): Promise<void> => {
    await card(page).getByRole("textbox").fill(packet);
    await card(page).getByRole("button", { name: "Run", exact: true }).click();
  };
  const problem = async (page: Page): Promise<string> => {
    const shown = card(page).locator(".problem");
    await shown.waitFor({ timeout: 120_000 });
    return (await shown.textContent()) ?? "";
  };

  test("shows what the program returned, wrote and ran", async () => {
    const { page, problems } = await open("page", "fill");
    await run(page, "eth, ipv4, udp");
    await card(page).getByText("returned XDP_PASS (2) after").waitFor({ timeout: 120_000 });
    const text = await card(page).textContent();
    expect(text).toContain("The program changed the packet, in byte 0.");
    expect(text).toMatch(/ff 00 00 00 00 02 02 00/);
    expect(await card(page).locator(".contents").textContent()).toMatch(/sum41/);
    expect(text).toContain("24 elements are not shown.");
    const rows = card(page).locator(".listing tbody tr", { has: page.locator(".times") });
    const times = (line: string) => rows.filter({ hasText: line }).locator(".times").textContent();
    expect(await times("map_update_elem(&seen")).toBe("✓ 40");
    expect(await times("if (data + 15 > end)")).toBe("✓ 1");
    expect(await times("sum = 9;")).toBe("✗ never");
    expect(await rows.and(page.locator(".missed")).count()).toBe(
      await rows.filter({ hasText: "✗ never" }).count(),
    );
    expect(await axeFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 400, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(400);
    await run(page, "eth, ipv6");
    await card(page).getByText("returned XDP_TX (3)").waitFor({ timeout: 120_000 });
    expect(problems).toEqual([]);
  });

  test.each([
    ["page", "fill", "odd digits", "ff0", "3 hexadecimal digits, which is an odd number"],
    ["page", "fill", "no packet", " ", "the packet is empty"],
    ["page", "fill", "HTML", "<img src=x onerror=alert(1)>", "neither hexadecimal digits nor"],
    ["page", "fill", "one byte", "ff", "the packet has 1 byte, an Ethernet header has 14"],
    ["page", "fill", "many bytes", "00".repeat(80_000), "the packet is too long: it has 80000"],
    ["page", "dissect", "a missing function", "eth, ipv4", "bpf-token test FILE --kernels native"],
    ["page", "choose", "no ports", "eth, ipv4, icmp", "is not TCP or UDP"],
  ])("of %s %s with %s says why not", async (fixture, program, _, packet, cause) => {
    const { page, problems } = await open(fixture, program);
    await run(page, packet);
    expect(await problem(page)).toContain(cause);
    expect(await axeFindings(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test("is stopped if the program does not end, and another one runs", async () => {
    const { page, problems } = await open("runs", "never");
    await run(page, "eth");
    expect(await problem(page)).toContain("did not end within 10 s, so the page stopped it");
    await page.getByRole("button", { name: "swap", exact: true }).click({ timeout: 120_000 });
    await run(page, "eth");
    await card(page).getByText("returned XDP_TX (3)").waitFor({ timeout: 120_000 });
    expect(await card(page).textContent()).toContain("in bytes 5 to 11");
    expect(problems).toEqual([]);
  });

  test("is not offered for a type that gets no packet, and names stay text", async () => {
    const name = "<img src=x onerror=alert(1)>.o";
    const { page, problems } = await open("runs", "add", name);
    await card(page).getByText("calls syscall programs itself").waitFor();
    expect(await card(page).getByRole("button").count()).toBe(0);
    expect(await page.locator("h2", { hasText: name }).count()).toBe(1);
    expect(await page.locator("main img").count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
