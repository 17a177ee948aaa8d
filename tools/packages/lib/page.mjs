// SPDX-License-Identifier: MIT
// A bundle as Vite makes it, and what it answers in Chromium.
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { chromiumArgs } from "../../ci/chromium.mjs";

const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Bundles `code`, which has to set `globalThis.answer`, as a page; answers the folder of the bundle. */
export async function bundlePage(app, code) {
  writeFileSync(join(app, "main.js"), code);
  writeFileSync(join(app, "index.html"), '<script type="module" src="/main.js"></script>\n');
  await build({ root: app, configFile: false, logLevel: "error", build: { target: "es2022" } });
  return join(app, "dist");
}

/** The page out of that folder, in Chromium: what `answer` resolves to there. */
export async function askChromium(executablePath, folder) {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs() });
  try {
    const page = await browser.newPage();
    // No server, no port: every request of the page is answered out of the folder.
    await page.route("**/*", (route) => route.fulfill(fromFolder(folder, route.request().url())));
    const problems = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto("http://packed.test/");
    await page.waitForFunction(() => globalThis.answer !== undefined, undefined, {
      timeout: 20_000,
    });
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return { version: browser.version(), answer: await page.evaluate(() => globalThis.answer) };
  } finally {
    await browser.close();
  }
}

function fromFolder(folder, url) {
  const { pathname } = new URL(url);
  const path = pathname === "/" ? "/index.html" : pathname;
  try {
    return { body: readFileSync(join(folder, path)), contentType: types[extname(path)] };
  } catch {
    return { status: 404, body: "" };
  }
}
