// SPDX-License-Identifier: MIT
// How long the import, the first kernel and the first token take in Node and in Chromium, and how
// large the bundle of such a page is.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { findChromium } from "../../lib/chromium.mjs";
import { root } from "../../lib/run.mjs";
import { bundleSize } from "../../publish/packages/lib/bundle-size.mjs";
import { askChromium, bundlePage, served } from "../../publish/packages/lib/page.mjs";
import { node } from "./processes.mjs";
import { row } from "./stats.mjs";

const program = `
const start = performance.now();
const { createKernel, createToken, delegateBpffs, unshare } = await import("bpf-token");
const kernel = createKernel();
const app = kernel.init.fork();
unshare(app, "user", "mnt");
const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
const token = createToken(app, bpffs);
if (!(token.fd > 2)) throw new Error("no token");
const took = performance.now() - start;
`;

/** Runs the program in Node, each time paired with an empty Node process. */
function inNode(times) {
  const pairs = Array.from({ length: times }, () => {
    // The first console.log() of a process costs 5 ms, which the empty process does not spend.
    const print = 'process.getBuiltinModule("node:fs").writeSync(1, String(took));';
    const run = node(["--input-type=module", "-e", `${program}${print}`]);
    if (run.status !== 0) throw new Error(`a new process could not create a token:\n${run.stderr}`);
    const empty = node(["-e", "0"]);
    const beyond = { ms: run.ms - empty.ms, processor: run.processor - empty.processor };
    return { inside: Number(run.stdout), beyond };
  });
  return [
    row(
      "Node: import to first token",
      "ms",
      pairs.map(({ inside }) => inside),
    ),
    row(
      "Node: first token beyond node -e 0",
      "ms",
      pairs.map(({ beyond }) => beyond.ms),
    ),
    row(
      "Node: first token beyond node -e 0, CPU time",
      "ms",
      pairs.map(({ beyond }) => beyond.processor),
    ),
  ];
}

function bundleRows(folder) {
  const assets = join(folder, "assets");
  // The code for the running kernel is a chunk of its own that no page loads.
  const loaded = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const texts = loaded.map((name) => readFileSync(join(assets, name)));
  const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
  return [
    row("bundle of a page with a token, minified", "bytes", [sum(texts.map((t) => t.length))]),
    row("bundle of a page with a token, gzip -9", "bytes", [
      sum(texts.map((text) => gzipSync(text, { level: 9 }).length)),
    ]),
  ];
}

/**
 * Runs the program as a page, each time in a new browser. The clock starts with the page's script.
 */
export async function firstTokenRows(times) {
  const rows = inNode(times);
  const app = `${root}out-tsc/bench-page`;
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  try {
    const folder = await bundlePage(app, `${program}globalThis.answer = took;`);
    const whole = await bundleSize(app, "bpf-token");
    rows.push(
      ...bundleRows(folder),
      row("bundle of all of bpf-token, minified", "bytes", [whole.plain]),
      row("bundle of all of bpf-token, gzip -9", "bytes", [whole.gzip]),
    );
    const chromium = findChromium();
    if (chromium === undefined) return { rows, why: "Chromium: none found" };
    const samples = [];
    for (let i = 0; i < times; i++) {
      samples.push((await served(folder, (url) => askChromium(chromium, url))).answer);
    }
    return { rows: [...rows, row("Chromium: import to first token", "ms", samples)] };
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
}
