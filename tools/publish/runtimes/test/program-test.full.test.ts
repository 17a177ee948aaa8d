// SPDX-License-Identifier: MIT
// Tests of BPF programs in browsers: the library's functions on Linux's own interpreter.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../../lib/chromium.mjs";
import { askChromium, bundlePage, served } from "../../packages/lib/page.mjs";
import { askFirefox, findFirefox } from "../lib/firefox.mjs";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const release = bpfKernelReleases()[0];
const clang = ["clang-19", "clang"].find((one) => spawnSync(one, ["--version"]).status === 0);
const why =
  release === undefined
    ? "no module of Linux was built"
    : clang === undefined
      ? "there is no clang"
      : undefined;

/** As a test of a user: an object, packets, maps, the packet that fuzzing finds. */
const page = `
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { fuzzProgram, loadForTest, matchers, packet } from "bpf-token/test";

async function run() {
  const get = async (name) => (await fetch(name)).arrayBuffer();
  const [module, btf, object] = await Promise.all(["kernel.wasm", "vmlinux.btf", "counter.bpf.o"].map(get));
  const { release } = await (await fetch("kernel.json")).json();
  const kernel = createBpfKernel({ module: await WebAssembly.compile(module), btf: new Uint8Array(btf), release });
  const counter = loadForTest(new Uint8Array(object), { kernel, coverage: true });
  const udp = packet([{ eth: {} }, { ipv4: { src: "10.0.0.1" } }, { udp: { dst: 53 } }]);
  const first = counter.run("count", { packet: udp });
  counter.run("count", { packet: packet([{ eth: {} }, { ipv6: {} }]) });
  const counted = String(counter.map("total").get(0));
  const differences = counter.differences({ maps: { total: { 0: 2 }, protocols: { 0x0800: 2 } } });
  const lines = counter.coverage().filter(({ ran }) => ran > 0).length;
  counter.reset();
  const after = String(counter.map("total").get(0));
  const { pass } = matchers.toHaveAction(first, "XDP_PASS");
  const { finding } = fuzzProgram(counter, {
    program: "count", seeds: [udp], runs: 200, check: ({ action }) => (action === "XDP_PASS" ? undefined : "returned " + action),
  });
  counter.close();
  return { action: first.action, pass, counted, differences, after, finding: finding === undefined, lines };
}
run().catch((error) => ({ error: String(error) })).then((answer) => { globalThis.answer = answer; });
`;

describe("bpf-token/test in a browser", { timeout: 600_000 }, () => {
  let folder = "";
  let built = "";
  beforeAll(async () => {
    if (clang === undefined || release === undefined) return;
    folder = mkdtempSync(join(tmpdir(), "bpf-token-test-page-"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    built = await bundlePage(folder, page);
    const source = join(root, "packages/bpf-token/examples/counter.bpf.c");
    const include = `-I/usr/include/${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu`;
    const flags = ["-target", "bpf", "-O2", "-g", include, "-c", source];
    const made = spawnSync(clang, [...flags, "-o", join(built, "counter.bpf.o")]);
    expect([made.status, String(made.stderr)]).toEqual([0, ""]);
    for (const name of ["kernel.wasm", "vmlinux.btf", "kernel.json"]) {
      copyFileSync(join(bpfKernelFolder(), release, name), join(built, name));
    }
  }, 300_000);
  afterAll(() => {
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  test.for([
    ["Chromium", findChromium, askChromium],
    ["Firefox", findFirefox, askFirefox],
  ] as const)("%s runs programs, and compares what they do", async ([name, find, ask], context) => {
    if (why !== undefined) return context.skip(`tests of programs in a browser: ${why}`);
    const program = find();
    if (program === undefined) return context.skip(`there is no ${name}`);
    const { answer } = await served(built, (url: string) => ask(program, url));
    const all = { action: "XDP_PASS", pass: true, counted: "2", after: "0", finding: true };
    const differences = ["protocols[2048] is 1, expected 2"];
    expect(answer).toEqual({ ...all, differences, lines: 14 });
  });
});
