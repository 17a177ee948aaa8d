// SPDX-License-Identifier: MIT
// Measures the OCI hook on a process in namespaces of its own, as a runtime starts it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../lib/run.mjs";
import { row } from "./stats.mjs";

/** The time that the hook adds to the start of a container, beyond that of /bin/true. */
export async function hookRows(times) {
  const hook = `${root}packages/kernel-native/prebuilds/linux-${process.arch}/bpf-token-hook`;
  if (process.geteuid() !== 0) return { rows: [], why: "hook: needs root" };
  if (!existsSync(hook)) return { rows: [], why: "hook: it is not built" };
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  const flags = ["--user", "--mount", "--map-root-user", "sh", "-c", "echo; exec sleep 3600"];
  const box = spawn("unshare", flags, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(box.stdout, "data");
    const { config, state } = writeFiles(folder, box.pid);
    const ofHook = () => elapsed(hook, ["--config", config], state);
    const ofTrue = () => elapsed("/bin/true", [], state);
    ofTrue();
    // The order alternates, so that neither is always the first of a pair.
    const pairs = Array.from({ length: times }, (_, i) => {
      if (i % 2 === 0) return ofHook() - ofTrue();
      const base = ofTrue();
      return ofHook() - base;
    });
    return [row("OCI hook beyond /bin/true", "ms", pairs)];
  } finally {
    box.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

function writeFiles(folder, pid) {
  const config = join(folder, "hook.json");
  const allow = { cmds: ["map_create"], maps: ["array"] };
  writeFileSync(config, JSON.stringify({ allow }), { mode: 0o644 });
  mkdirSync(join(folder, "rootfs"));
  const capabilities = { bounding: ["CAP_BPF"] };
  const bundle = { root: { path: "rootfs" }, process: { capabilities } };
  writeFileSync(join(folder, "config.json"), JSON.stringify(bundle));
  const annotations = { "bpf-token/delegate_cmds": "map_create" };
  const state = { id: "bench", status: "creating", pid, bundle: folder, annotations };
  return { config, state: JSON.stringify(state) };
}

function elapsed(program, args, input) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}
