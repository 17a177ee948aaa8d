// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario } from "@bpf-token/scenario";
import { faultKinds } from "@bpf-token/syscall";
import { kernelReleases, newestRelease } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { type RestorableKernel, walkFaults } from "../src/index.ts";
import { files } from "./files.ts";
import { full, sample } from "./sample.ts";

/** With `BPF_TOKEN_FAULTS=all`, every request fails on every release, which takes almost an hour. */
const all = process.env.BPF_TOKEN_FAULTS === "all";

/** Every request, or a sample: the first ones, then with growing distances. */
function* requests(every: boolean): Generator<number> {
  for (let n = 1, step = 1; n < 20_000; n += step) {
    yield n;
    if (!every && n > 3) step = n;
  }
}

const releases = full || all ? kernelReleases : [newestRelease];

describe.each(releases)(
  "%s: the kernel survives every failed request and leaks nothing",
  (release) => {
    const every = all || (full && release === newestRelease);
    test.each(sample(Object.entries(files), 5))("%s", { timeout: 600_000 }, (file, text) => {
      const scenario = parseScenario(text, { file });
      if (scenario.steps.some(({ call }) => call === "fail")) return;
      using kernel = createKernel({ release });
      const restorable = kernel as unknown as RestorableKernel;
      for (const kind of faultKinds) {
        expect(walkFaults(restorable, scenario, kind, requests(every)).wrong).toEqual([]);
      }
    });
  },
);
