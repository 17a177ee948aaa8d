// SPDX-License-Identifier: MIT
// Bundles a page with Vite, and runs it in Chromium.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { build, createLogger } from "vite";
import { chromiumArgs } from "../../../lib/chromium.mjs";

/** Long enough for the suite on a busy machine. */
const DEADLINE_MS = 60_000;
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/**
 * Bundles `code`, which must set `globalThis.answer`, as a page; returns the folder of the bundle.
 *
 * @param onWarning - called for each warning of the build; without it warnings are dropped.
 */
export async function bundlePage(app, code, onWarning = () => {}) {
  writeFileSync(join(app, "main.js"), code);
  writeFileSync(join(app, "index.html"), '<script type="module" src="/main.js"></script>\n');
  const customLogger = {
    ...createLogger("error", { allowClearScreen: false }),
    warn: onWarning,
    warnOnce: onWarning,
  };
  const quiet = { customLogger, logLevel: "error" };
  await build({ root: app, configFile: false, ...quiet, build: { target: "es2022" } });
  return join(app, "dist");
}

/** Serves a folder on a loopback port while `use` runs, which gets the address. */
export async function served(folder, use) {
  const server = createServer(({ url }, response) => {
    const path = url === "/" ? "/index.html" : url;
    try {
      const body = readFileSync(join(folder, path));
      const type = types[extname(path)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
  }
}

/** Loads a page in Chromium; returns what its `answer` resolves to. */
export async function askChromium(executablePath, url) {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs() });
  try {
    const page = await browser.newPage();
    const problem = new Promise((_, reject) => page.on("pageerror", reject));
    await page.goto(url);
    const found = page.waitForFunction(() => globalThis.answer !== undefined, undefined, {
      timeout: DEADLINE_MS,
    });
    await Promise.race([found, problem]);
    return { version: browser.version(), answer: await page.evaluate(() => globalThis.answer) };
  } finally {
    await browser.close();
  }
}
