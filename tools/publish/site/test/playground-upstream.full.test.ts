// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { findSource } from "@bpf-token/upstream/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumSkipLine, findChromium } from "../../../lib/chromium.mjs";
import { root } from "../../../lib/run.mjs";
import { compilerFolders, withExtras } from "../lib/extras.mjs";
import { axeFindings, type ServedPlayground, servePlayground } from "./playground-page.ts";

// The view "token.c": with a token.c of our own that creates no token, and with the kernel's own.

const executablePath = findChromium();
const [compiler] = compilerFolders();
const tarball = "/usr/src/linux-source-6.12.tar.xz";
const patch = process.env.BPF_TOKEN_SEED_PATCH;
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
    // What a page loads before its service worker controls it is not kept.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
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
    // The page keeps the compiler in the background.
    const both = new Set([compiler?.name, "0.0.0"]);
    await expect.poll(async () => new Set(await kept()), { timeout: 300_000 }).toEqual(both);
    await page.reload();
    const wanted = new Set([compiler?.name]);
    await expect.poll(async () => new Set(await kept()), { timeout: 300_000 }).toEqual(wanted);
    expect(problems).toEqual([]);
  });

  /** Compiles files in the page; returns what the page says about them. */
  async function compare(files: readonly { name: string; text: string }[]) {
    const { page, problems } = await served.open("view=upstream");
    await page.setInputFiles(
      "input[type=file]",
      files.map(({ name, text }) => ({ name, mimeType: "text/x-c", buffer: Buffer.from(text) })),
    );
    await page.getByRole("button", { name: "Compile and compare" }).click();
    const section = (name: string) => page.getByLabel(name, { exact: true });
    await section("Sequences").waitFor({ timeout: 300_000 });
    const answers = await page.locator(".verdict .errno").allTextContents();
    const about = await page.locator("main .answer .card").first().textContent();
    const coverage = page.getByLabel("Coverage of kernel/bpf/token.c");
    const ran = await coverage.getByRole("heading").textContent();
    expect(problems).toEqual([]);
    await page.close();
    return { answers, about, ran };
  }

  test("the kernel's token.c and inode.c answer as the model does", async (context) => {
    if (!existsSync(tarball)) {
      return context.skip("the view token.c: no Linux 6.12; apt-get install linux-source-6.12");
    }
    const { files } = await findSource(tarball, { inode: true });
    const texts = files.map(({ path, bytes }) => ({
      name: path.split("/").at(-1) ?? path,
      text: new TextDecoder().decode(bytes),
    }));
    const { answers, about, ran } = await compare(texts);
    expect(texts.map(({ name }) => name)).toEqual(["token.c", "inode.c"]);
    expect(answers).toEqual(["the same answers", "the same answers"]);
    expect(about).toContain("6.12");
    expect(ran).toMatch(/^kernel\/bpf\/token\.c: [1-9]\d* of \d+ lines ran$/);
  });

  test("a patch as it was posted answers as the model of its revision does", async (context) => {
    if (patch === undefined) {
      return context.skip("the view token.c: no posted patch; set BPF_TOKEN_SEED_PATCH=FILE");
    }
    const { answers, about } = await compare([
      { name: "posted.txt", text: readFileSync(patch, "utf8") },
    ]);
    expect(answers).toEqual(["the same answers", "the same answers"]);
    expect(about).toContain("v10-03");
  });
});
