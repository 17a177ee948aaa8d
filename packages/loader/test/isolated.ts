// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";
import type { TestContext } from "vitest";

/** The native addon of the package, which the bundle cannot find at its own path. */
const addon = fileURLToPath(
  new URL(`../../kernel-native/prebuilds/linux-${process.arch}/bpf-token.node`, import.meta.url),
);

/** Output and exit status of a program. */
export interface ProgramOutput {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** How to bundle and start a program. */
export interface IsolatedRunOptions {
  /** Arguments. */
  readonly words?: readonly string[];
  /** Additional plugins for the bundle. */
  readonly plugins?: Plugin[];
}

/** Bundles a program from the sources. */
async function bundle(entry: string, folder: string, plugins: Plugin[]): Promise<string> {
  await build({
    plugins,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true, resolve: { conditions: ["@bpf-token/source"] } },
    resolve: { conditions: ["@bpf-token/source"] },
    build: {
      ssr: entry,
      outDir: join(folder, "bundle"),
      rolldownOptions: { output: { entryFileNames: "main.mjs" } },
    },
  });
  return join(folder, "bundle", "main.mjs");
}

/**
 * Runs a program in its own network and mount namespaces, where it may attach any program:
 * there is only a loopback interface. Skips the test, with a reason, if that is not possible.
 */
export async function runIsolated(
  context: TestContext,
  entry: string,
  files: Readonly<Record<string, Uint8Array>>,
  { words = [], plugins = [] }: IsolatedRunOptions = {},
): Promise<ProgramOutput> {
  const tried = spawnSync("unshare", ["--net", "--mount", "ip", "link", "set", "lo", "up"]);
  if (tried.status !== 0) {
    const why = tried.error?.message ?? tried.stderr.toString().trim();
    if (process.env.BPF_TOKEN_REQUIRE?.includes("native")) throw new Error(`required: ${why}`);
    return context.skip(`attaching: no namespaces of its own: ${why}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-apart-"));
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const program = await bundle(entry, folder, plugins);
    const script = 'ip link set lo up && exec "$@"';
    const node = [process.execPath, program, ...words];
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      ["--net", "--mount", "sh", "-c", script, "sh", ...node],
      {
        encoding: "utf8",
        cwd: folder,
        timeout: 600_000,
        env: { ...process.env, BPF_TOKEN_ADDON: addon },
      },
    );
    return { status, out: stdout, err: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
