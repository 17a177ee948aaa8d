// SPDX-License-Identifier: MIT
// Boots Linux's own BPF subsystem in a page of Chromium.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "../../lib/chromium.mjs";
import { root } from "../../lib/run.mjs";
import { askChromium, bundlePage, served } from "../../publish/packages/lib/page.mjs";
import { row } from "./stats.mjs";

const page = (releases, times) => `
import { createBpfKernel } from "@bpf-token/kernel-bpf";
const milliseconds = {};
for (const release of ${JSON.stringify(releases)}) {
  const module = await WebAssembly.compileStreaming(fetch("/" + release + "/kernel.wasm"));
  const btf = new Uint8Array(await (await fetch("/" + release + "/vmlinux.btf")).arrayBuffer());
  milliseconds[release] = Array.from({ length: ${times} }, () => {
    const started = performance.now();
    createBpfKernel({ module, btf, release }).close();
    return performance.now() - started;
  });
}
globalThis.answer = milliseconds;
`;

/**
 * A row for each release, of the time from the compiled module to a booted kernel.
 *
 * @param folder - has a folder with the module and the BTF for each release.
 */
export async function bpfPageRows(folder, releases, times) {
  const program = findChromium();
  if (program === undefined) return [];
  mkdirSync(`${root}out-tsc`, { recursive: true });
  const app = mkdtempSync(`${root}out-tsc/bench-page-`);
  try {
    writeFileSync(join(app, "package.json"), '{ "type": "module" }\n');
    const bundle = await bundlePage(app, page(releases, times));
    for (const release of releases)
      cpSync(join(folder, release), join(bundle, release), { recursive: true });
    const { answer } = await served(bundle, (url) => askChromium(program, url));
    return releases.map((release) =>
      row(`bpf ${release}: page in Chromium, boot`, "ms", answer[release]),
    );
  } finally {
    rmSync(app, { recursive: true });
  }
}
