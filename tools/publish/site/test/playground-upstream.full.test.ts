// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumSkipLine, findChromium } from "../../../lib/chromium.mjs";
import { root } from "../../../lib/run.mjs";
import { compilerFolders, withExtras } from "../lib/extras.mjs";
import { axeFindings, type ServedPlayground, servePlayground } from "./playground-page.ts";

// The view "token.c", with a token.c of our own that creates no token.

const executablePath = findChromium();
const [compiler] = compilerFolders();
const source = readFileSync(`${root}packages/upstream/test/no-tokens.c`, "utf8");

if (executablePath === undefined) test("the page", (context) => context.skip(chromiumSkipLine));
describe.runIf(executablePath !== undefined)("the view token.c", { timeout: 600_000 }, () => {
  let served: ServedPlayground;

  beforeAll(async () => {
    served = await servePlayground(executablePath ?? "", {
      page: (html) => withExtras(html, compilerFolders()),
      folders: { [`compiler/${compiler?.name}`]: compiler?.folder ?? "" },
    });
  });
  afterAll(() => served?.close());

  test("a token.c is compiled, and differs from the model step by step", async () => {
    const { page, problems } = await served.open("view=upstream");
    const start = page.getByRole("button", { name: "Compile and compare" });
    expect(await start.isDisabled()).toBe(true);
    const text = page.getByLabel("Or paste a token.c");
    await text.fill(source.replace("return -ENOLINK", "return tomorrow()"));
    await start.click();
    await page.locator(".problem", { hasText: "release" }).waitFor({ timeout: 300_000 });
    await page.getByLabel("Compile for").selectOption("6.12");
    await start.click();
    const problem = page.locator(".problem", { hasText: "tomorrow" });
    await problem.waitFor({ timeout: 300_000 });
    expect(await problem.textContent()).toContain("kernel/bpf/token.c:");
    await text.fill(source);
    await start.click();
    const suite = page.getByLabel("Suite", { exact: true });
    await suite.waitFor({ timeout: 300_000 });
    expect(await suite.locator("tr.changed").textContent()).toContain("ENOLINK");
    expect(page.url()).toContain("release=6.12");
    const coverage = page.getByLabel("Coverage of kernel/bpf/token.c");
    await coverage.waitFor({ timeout: 300_000 });
    await coverage.getByLabel("Show every line").check();
    expect(await coverage.locator("tr", { hasText: "-ENOLINK" }).first().textContent()).toMatch(
      /^[1-9]/,
    );
    const sequences = page.getByLabel("Sequences", { exact: true });
    expect(await sequences.textContent()).toContain("different answers");
    expect(await axeFindings(page)).toEqual([]);
    const kept = () =>
      page.evaluate(async () => {
        const requests = await (await caches.open("bpf-token-large")).keys();
        return requests.map(({ url }) => url.split("/").at(-2));
      });
    await page.evaluate(async () => {
      const cache = await caches.open("bpf-token-large");
      await cache.put("compiler/0.0.0/old.js", new Response(""));
    });
    expect(new Set(await kept())).toEqual(new Set([compiler?.name, "0.0.0"]));
    await page.reload();
    await expect.poll(async () => new Set(await kept())).toEqual(new Set([compiler?.name]));
    expect(problems).toEqual([]);
  });
});
