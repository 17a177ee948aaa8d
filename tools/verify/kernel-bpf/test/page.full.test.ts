// SPDX-License-Identifier: MIT
// The examples in the README of kernel-bpf, in Node and in a page, and a worker in a page, in two
// browsers.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { compileFile } from "../../../../packages/object/test/compile.mjs";
import { chromiumSkipLine, findChromium } from "../../../lib/chromium.mjs";
import { root } from "../../../lib/run.mjs";
import { askChromium, bundlePage, served } from "../../../publish/packages/lib/page.mjs";
import { askFirefox, findFirefox } from "../../../publish/runtimes/lib/firefox.mjs";

const [example = "", inNode = "", inPage = ""] = [
  ...readFileSync(`${root}packages/kernel-bpf/README.md`, "utf8").matchAll(/```js\n([\s\S]*?)```/g),
].map(([, code]) => code);

/** A folder below node_modules of the repository, with the example and a compiled object. */
function appFor(context: TestContext, object: string): string {
  if (!bpfKernelReleases().includes("6.12"))
    return context.skip("the README of kernel-bpf: no module of Linux 6.12 was built");
  const bytes = compileFile(`${root}packages/bpf-token/test/fixtures/${object}.bpf.c`);
  if (bytes === undefined) return context.skip("the README of kernel-bpf: there is no clang");
  mkdirSync(`${root}out-tsc`, { recursive: true });
  const app = mkdtempSync(`${root}out-tsc/kernel-bpf-`);
  onTestFinished(() => rmSync(app, { recursive: true }));
  writeFileSync(join(app, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(app, "verify.js"), example);
  writeFileSync(join(app, "program.bpf.o"), bytes);
  return app;
}

const browsers = {
  Chromium: { program: findChromium(), ask: askChromium, missing: chromiumSkipLine },
  Firefox: {
    program: findFirefox(),
    ask: askFirefox,
    missing: "not run: in Firefox; there is no Firefox",
  },
};
const names = ["Chromium", "Firefox"] as const;

/** Bundles code as a page next to the files of the module, and returns what its `answer` is. */
async function answerOf(
  context: TestContext,
  name: (typeof names)[number],
  { app, code }: { app: string; code: string },
): Promise<unknown> {
  const { program, ask, missing } = browsers[name];
  if (program === undefined) return context.skip(missing);
  const folder = await bundlePage(app, code);
  cpSync(join(bpfKernelFolder(), "6.12"), join(folder, "6.12"), { recursive: true });
  cpSync(join(app, "program.bpf.o"), join(folder, "program.bpf.o"));
  return served(folder, async (url: string) => (await ask(program, url)).answer);
}

test("the example verifies an object in Node", (context) => {
  const app = appFor(context, "traffic");
  writeFileSync(join(app, "main.js"), inNode);
  const { stdout, stderr } = spawnSync(process.execPath, ["main.js"], {
    cwd: app,
    encoding: "utf8",
  });
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^accepted by Linux 6\.12\.\d+\n$/), ""]);
});

test.for(names)("the example verifies an object in a page in %s", async (name, context) => {
  const app = appFor(context, "traffic");
  const code = `${inPage}\nglobalThis.answer = document.body.textContent;\n`;
  expect(await answerOf(context, name, { app, code })).toMatch(/^accepted by Linux 6\.12\.\d+$/);
});

const worker = `
import { serveRequests } from "@bpf-token/kernel-bpf";
import { verifyRequest } from "bpf-token/verify";
serveRequests(self, verifyRequest);
`;

const inWorker = `
import { LimitedWorker, webWorker } from "@bpf-token/kernel-bpf";
import { verifyInWorker } from "bpf-token/verify";
const get = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const module = await WebAssembly.compileStreaming(fetch("/6.12/kernel.wasm"));
const kernel = { module, btf: await get("/6.12/vmlinux.btf"), release: "6.12" };
const start = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const worker = new LimitedWorker(webWorker(start), 500);
const verdicts = [];
const request = { kernel, object: await get("/program.bpf.o") };
for await (const { name, verdict } of verifyInWorker(worker, request)) verdicts.push([name, verdict]);
worker.close();
globalThis.answer = verdicts;
`;

test.for(names)("a worker in a page in %s stops a verification", async (name, context) => {
  const app = appFor(context, "hostile");
  writeFileSync(join(app, "worker.js"), worker);
  expect(await answerOf(context, name, { app, code: inWorker })).toEqual([
    ["explode", "unfinished"],
    ["pass", "accepted"],
  ]);
});
