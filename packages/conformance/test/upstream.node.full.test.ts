// SPDX-License-Identifier: MIT
// Runs the whole suite on upstream source and compares each step with the model of the same release.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import {
  buildUpstream,
  fileFromPatch,
  type UpstreamFile,
  type UpstreamModule,
} from "@bpf-token/upstream";
import { beforeAll, describe, expect, test } from "vitest";
import { files } from "./files.ts";

const TOKEN = "kernel/bpf/token.c";
const INODE = "kernel/bpf/inode.c";
/** If BPF_TOKEN_REQUIRE requires it, no source may be missing. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("upstream");
const PATCH = process.env.BPF_TOKEN_SEED_PATCH;
const TARBALL = "/usr/src/linux-source-6.12.tar.xz";

function outOfTarball(paths: readonly (typeof TOKEN | typeof INODE)[]): readonly UpstreamFile[] {
  return paths.map((path) => {
    const args = ["-xOf", TARBALL, "--occurrence=1", "--wildcards", `*/${path}`];
    const { stdout, stderr, status } = spawnSync("tar", args, { maxBuffer: 1 << 24 });
    expect(status, String(stderr)).toBe(0);
    return { path, bytes: stdout };
  });
}

interface Source {
  readonly what: string;
  readonly release: KernelRelease;
  /** The source files; undefined if they are not available. */
  readonly texts: (() => Promise<readonly UpstreamFile[]>) | undefined;
  readonly without: string;
}

const tarball = existsSync(TARBALL);
const noTarball = "upstream: no Linux 6.12; apt-get install linux-source-6.12";
const sources: readonly Source[] = [
  {
    what: "the posted patch",
    release: "v10-03",
    texts:
      PATCH === undefined
        ? undefined
        : async () => [
            { path: TOKEN, bytes: await fileFromPatch(readFileSync(PATCH, "utf8"), TOKEN) },
          ],
    without: "upstream: no posted patch; set BPF_TOKEN_SEED_PATCH=FILE",
  },
  {
    what: "token.c of 6.12",
    release: "6.12",
    texts: tarball ? async () => outOfTarball([TOKEN]) : undefined,
    without: noTarball,
  },
  {
    what: "token.c and inode.c of 6.12",
    release: "6.12",
    texts: tarball ? async () => outOfTarball([TOKEN, INODE]) : undefined,
    without: noTarball,
  },
];

/** Lists the steps with other results, one line each. */
function differences(file: string, text: string, { module, origin }: UpstreamModule): string[] {
  const scenario = parseScenario(text, { file });
  const model = run(createKernel({ release: origin.release }), scenario);
  const upstream = run(createKernel({ module }), scenario);
  if (model.outcome === "skipped" && upstream.outcome === "skipped") return [];
  const steps = model.events.flatMap((event, i) => {
    const other = upstream.events[i];
    const same = (["result", "outcome", "output", "memory"] as const).every(
      (key) => JSON.stringify(event[key]) === JSON.stringify(other?.[key]),
    );
    return same ? [] : [`${event.text} = ${event.result}, not ${other?.result}`];
  });
  return upstream.outcome === "passed" ? steps : [`it ${upstream.outcome}`, ...steps];
}

describe.each(sources)("$what", ({ release, texts, without }) => {
  let built: UpstreamModule | undefined;

  beforeAll(async () => {
    if (texts !== undefined) built = await buildUpstream(await texts());
  }, 600_000);

  test("is a known revision and compiles unmodified without warnings", (context) => {
    if (built === undefined) {
      expect(required).toBe(false);
      context.skip(without);
      return;
    }
    expect(built.origin).toMatchObject({ release });
    expect(built.origin.revision).not.toBeUndefined();
    expect(built.warnings).toEqual([]);
  });

  test("answers every scenario as the model does", { timeout: 600_000 }, (context) => {
    if (built === undefined) {
      context.skip(without);
      return;
    }
    for (const [file, text] of Object.entries(files)) {
      expect(differences(file, text, built), file).toEqual([]);
    }
  });
});
