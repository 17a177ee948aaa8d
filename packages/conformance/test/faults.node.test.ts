// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario } from "@bpf-token/scenario";
import { faultKinds } from "@bpf-token/syscall";
import { kernelReleases, newestRelease } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { type RestorableKernel, walkFaults } from "../src/index.ts";
import { files } from "./files.ts";

const full = globalThis.process?.env?.BPF_TOKEN_FULL === "1";

/** Every request, or a few: the first ones, then further and further apart. */
function* requests(): Generator<number> {
  for (let n = 1, step = 1; n < 20_000; n += step) {
    yield n;
    if (!full && n > 3) step = n;
  }
}

const releases = full ? kernelReleases : [newestRelease];

describe.each(releases)("%s: whatever fails, the kernel goes on and nothing is left", (release) => {
  test.each(Object.entries(files))("%s", { timeout: full ? 600_000 : 20_000 }, (file, text) => {
    const scenario = parseScenario(text, { file });
    if (scenario.steps.some(({ call }) => call === "fail")) return;
    using kernel = createKernel({ release });
    const restorable = kernel as unknown as RestorableKernel;
    for (const kind of faultKinds) {
      expect(walkFaults(restorable, scenario, kind, requests()).wrong).toEqual([]);
    }
  });
});
