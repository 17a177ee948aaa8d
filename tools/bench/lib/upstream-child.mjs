// SPDX-License-Identifier: MIT
// upstream-child.mjs FOLDER: milliseconds to build the upstream source in FOLDER with an empty
// store, after a change, and a second time unchanged.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { yowaspCompiler } from "@bpf-token/upstream";
import { findSource, findSystemCompiler, UpstreamStore } from "@bpf-token/upstream/node";

const [folder = ""] = process.argv.slice(2);
const compiler = findSystemCompiler() ?? yowaspCompiler();
const place = mkdtempSync(join(tmpdir(), "bpf-token-bench-store-"));
try {
  const store = new UpstreamStore(place);
  const { files } = await findSource(folder, { inode: true });
  const more = new TextEncoder().encode("/* changed */\n");
  const changed = files.map(({ path, bytes }) => ({
    path,
    bytes: Uint8Array.from([...bytes, ...more]),
  }));
  const build = async (name, texts) => {
    const start = performance.now();
    const { cached } = await store.build({
      ...{ name, source: folder, files: texts, release: "6.12", compiler },
    });
    return { ms: performance.now() - start, cached };
  };
  const runs = [await build("a", files), await build("b", changed), await build("c", changed)];
  if (runs.map(({ cached }) => cached).join() !== "false,false,true") {
    throw new Error("the store did not reuse exactly the repeated build");
  }
  console.log(JSON.stringify(runs.map(({ ms }) => ms)));
} finally {
  rmSync(place, { recursive: true });
}
