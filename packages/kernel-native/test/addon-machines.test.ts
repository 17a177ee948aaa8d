// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { machines, notInstalled, required } from "./machines.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function missing(addon: string, programs: readonly string[]): string | undefined {
  const absent = notInstalled(programs);
  if (absent !== undefined) return `${absent} is not installed`;
  return existsSync(addon) ? undefined : "not built: npm run tool build:addon";
}

/**
 * Not every architecture has a Node here, so a small host program provides the parts of Node-API
 * that the addon uses.
 */
test.for(Object.entries(machines))(
  "the addon for %s loads and makes calls",
  ([arch, { cc, run }], context) => {
    const addon = path(`../prebuilds/linux-${arch}/bpf-token.node`);
    const why = missing(addon, [cc, ...run.slice(0, 1)]);
    if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
    if (why !== undefined) context.skip(`the addon for ${arch}: ${why}`);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-host-"));
    try {
      const host = join(folder, "host");
      const headers = (
        createRequire(import.meta.url)("node-api-headers") as { include_dir: string }
      ).include_dir;
      const flags = ["-Wall", "-Wextra", "-Werror", "-rdynamic", "-I", headers, "-o", host];
      const made = spawnSync(cc, [...flags, path("fixtures/addon-host.c")], { encoding: "utf8" });
      expect([made.status, made.stderr]).toEqual([0, ""]);
      const [program = host, ...args] = [...run, host, addon];
      const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 600_000 });
      expect(stderr).toBe("");
      const said = /^pageSize (\d+)\ngetpid (\d+) (\d+)\nbpf (-\d+)\n$/.exec(stdout);
      const [, page, pid, same, answer] = said ?? [stdout];
      expect([4096, 16_384, 65_536]).toContain(Number(page));
      expect(pid).toBe(same);
      // EINVAL or EPERM from the kernel; ENOSYS from an emulator without bpf().
      expect([-22, -1, -38]).toContain(Number(answer));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
