// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumArgs, chromiumSkipLine, findChromium } from "../../../lib/chromium.mjs";
import { siteFiles } from "../lib/files.mjs";

// The site as a reader opens it: from a folder, without a server.

const executablePath = findChromium();
if (executablePath === undefined) test("the site", (context) => context.skip(chromiumSkipLine));
describe.runIf(executablePath !== undefined)("the site in Chromium", () => {
  let folder = "";
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-site-"));
    for (const [path, text] of await siteFiles()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: chromiumArgs() });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page of the site; `errors` collects what the browser reports. */
  async function open(path: string, width = 1280): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.goto(pathToFileURL(join(folder, path)).href);
    return { page, errors };
  }

  test("a search leads to the page of a check", async () => {
    const { page, errors } = await open("docs/checks.html");
    await page.getByLabel("Search").pressSequentially("verify.leak");
    await page.locator("#results a", { hasText: /^verify\.leak$/ }).click();
    await page.waitForURL(/checks\/verify\.leak\.html/);
    expect(await page.locator("h1").textContent()).toBe("verify.leak");
    expect(errors).toEqual([]);
  });

  test("words in the filter leave the rows that have them", async () => {
    const { page, errors } = await open("docs/checks.html");
    const rows = page.locator("main tbody tr:visible");
    const all = await rows.count();
    await page.locator(".filter input").fill("eopnotsupp token_create");
    await page.waitForFunction((before) => {
      const shown = document.querySelectorAll("main tbody tr:not([hidden])");
      return shown.length < before;
    }, all);
    expect(await rows.count()).toBe(1);
    expect(await rows.textContent()).toContain("token.create.init_ns");
    expect(await page.locator("main h3:visible").count()).toBe(1);
    expect(errors).toEqual([]);
  });

  test("pages fit a width of 360 pixels", async () => {
    for (const path of ["docs/index.html", "docs/checks.html", "checks/token.dropped.map.html"]) {
      const { page } = await open(path, 360);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(360);
      await page.close();
    }
  });

  test.each(["light", "dark"] as const)(
    "axe finds nothing in the theme %s",
    async (colorScheme) => {
      for (const path of ["docs/index.html", "docs/eperm.html", "checks/token.dropped.map.html"]) {
        const { page } = await open(path);
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axe.source);
        const found = await page.evaluate(async () => {
          const run = (globalThis as unknown as { axe: typeof axe }).axe.run;
          return (await run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found, path).toEqual([]);
        await page.close();
      }
    },
  );
});
