// SPDX-License-Identifier: MIT
// Runs the whole suite on upstream source and compares each step with the model of the same release.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { guestsFolder } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import {
  buildUpstream,
  fileFromPatch,
  type UpstreamFile,
  type UpstreamModule,
} from "@bpf-token/upstream";
import { findSource } from "@bpf-token/upstream/node";
import { beforeAll, describe, expect, test } from "vitest";
import { files } from "./files.ts";

const TOKEN = "kernel/bpf/token.c";
/** If BPF_TOKEN_REQUIRE requires it, no source may be missing. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("upstream");
const PATCH = process.env.BPF_TOKEN_SEED_PATCH;
/** The kernel source of a release: installed, or downloaded by 'npm run guest -- source'. */
function tarballOf(release: "6.12" | "7.2" | "7.3"): string {
  const folder = release === "6.12" ? "/usr/src" : join(guestsFolder(), "sources");
  return join(folder, `linux-source-${release}.tar.xz`);
}

interface Source {
  readonly what: string;
  readonly release: KernelRelease;
  /** The source files; undefined if they are not available. */
  readonly texts: (() => Promise<readonly UpstreamFile[]>) | undefined;
  readonly without: string;
}

/** The files of archives that were read: unpacking one takes 15 s. */
const known = new Map<string, Promise<readonly UpstreamFile[]>>();

async function filesOf(tarball: string, inode: boolean): Promise<readonly UpstreamFile[]> {
  const read =
    known.get(tarball) ?? findSource(tarball, { inode: true }).then(({ files }) => files);
  known.set(tarball, read);
  return (await read).filter(({ path }) => inode || path === TOKEN);
}

function fromTarball(release: "6.12" | "7.2" | "7.3", inode: boolean): Source {
  const tarball = tarballOf(release);
  const way =
    release === "6.12" ? "apt-get install linux-source-6.12" : `npm run guest -- source ${release}`;
  return {
    what: `${inode ? "token.c and inode.c" : "token.c"} of ${release}`,
    release,
    texts: existsSync(tarball) ? () => filesOf(tarball, inode) : undefined,
    without: `upstream: no Linux ${release}; ${way}`,
  };
}

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
  fromTarball("6.12", false),
  fromTarball("6.12", true),
  fromTarball("7.2", true),
  fromTarball("7.3", true),
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
    if (texts !== undefined) built = await buildUpstream(await texts(), { release });
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
