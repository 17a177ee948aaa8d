// SPDX-License-Identifier: MIT
// The playground as a visitor opens it: from a server, below a path.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import axe from "axe-core";
import { chromium, type Page } from "playwright-core";
import { build } from "vite";
import { chromiumArgs } from "../../../lib/chromium.mjs";
import { root } from "../../../lib/run.mjs";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Builds the page from the sources, in a temporary folder. */
export async function buildPlayground(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-playground-"));
  await build({
    root: `${root}packages/playground`,
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
    resolve: { conditions: ["@bpf-token/source", "module", "browser", "development|production"] },
  });
  return folder;
}

/** How a page is opened. */
export interface OpenOptions {
  readonly width?: number;
  readonly dark?: boolean;
}

/** A page, and what went wrong in it: errors, violations of the policy, foreign requests. */
export interface OpenedPage {
  readonly page: Page;
  readonly problems: string[];
}

/** A browser that opens the page from a server. */
export interface ServedPlayground {
  readonly url: string;
  open(hash?: string, options?: OpenOptions): Promise<OpenedPage>;
  close(): Promise<void>;
}

/** What else the server has. */
export interface Beside {
  /** Changes the page, as the tools that serve it do. */
  readonly page?: (html: string) => string;
  /** Other folders by the start of their addresses. */
  readonly folders?: Readonly<Record<string, string>>;
}

export async function servePlayground(
  executablePath: string,
  { page: change = (html) => html, folders = {} }: Beside = {},
): Promise<ServedPlayground> {
  const folder = await buildPlayground();
  const index = join(folder, "index.html");
  writeFileSync(index, change(readFileSync(index, "utf8")));
  const fileOf = (path: string): string => {
    const at = Object.keys(folders).find((name) => path.startsWith(`${name}/`));
    if (at === undefined) return join(folder, path || "index.html");
    return join(folders[at] ?? "", path.slice(at.length));
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://x").pathname.replace("/some/path/", "");
    const file = fileOf(path);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type }).end(readFileSync(file));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/path/`;
  const browser = await chromium.launch({ executablePath, args: chromiumArgs() });
  const open = async (hash = "", options: OpenOptions = {}): Promise<OpenedPage> => {
    const page = await browser.newPage({
      viewport: { width: options.width ?? 1024, height: 900 },
      colorScheme: options.dark ? "dark" : "light",
    });
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("dialog", (dialog) => problems.push(dialog.message()));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) {
        problems.push(request.url());
      }
    });
    await page.goto(`${url}#${hash}`);
    await page.locator("main .verdict, main .card, main table").first().waitFor();
    return { page, problems };
  };
  const close = async (): Promise<void> => {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, open, close };
}

/** What axe finds on a page. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: typeof axe }).axe.run;
    const { violations } = await run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}
