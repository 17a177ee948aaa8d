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

/** Of many requests, each one fails on one of so many days; each older release is tested on one of them. */
const DAYS = 4;
const today = Math.floor(Date.now() / 86_400_000);
const start = all ? 1 : 1 + (today % DAYS);

/** Every request or those of the day; or few: the first ones, then with growing distances. */
function* requests(many: boolean): Generator<number> {
  let step = many && !all ? DAYS : 1;
  for (let n = many ? start : 1; n < 20_000; n += step) {
    yield n;
    if (!many && n > 3) step = n;
  }
}

const older = kernelReleases.filter((release) => release !== newestRelease);
const releases = [
  newestRelease,
  ...older.filter((_, i) => all || (full && i % DAYS === today % DAYS)),
];

describe.each(releases)(
  "%s: the kernel survives every failed request and leaks nothing",
  (release) => {
    const many = all || (full && release === newestRelease);
    test.each(sample(Object.entries(files), 5))("%s", { timeout: 600_000 }, (file, text) => {
      const scenario = parseScenario(text, { file });
      if (scenario.steps.some(({ call }) => call === "fail")) return;
      using kernel = createKernel({ release });
      const restorable = kernel as unknown as RestorableKernel;
      for (const kind of faultKinds) {
        expect(walkFaults(restorable, scenario, kind, requests(many)).wrong).toEqual([]);
      }
    });
  },
);
