// SPDX-License-Identifier: MIT
import { bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { describe, expect, test } from "vitest";
import { compileFixture } from "../../../../packages/object/test/compile.mjs";
import { fixtures } from "../../object/lib/exercise.mjs";
import { begin } from "../lib/fuzz-runs.mjs";

const built: readonly string[] = bpfKernelReleases();

describe.each(built.length > 0 ? built : ["6.12"])("damaged loads on Linux %s", (release) => {
  test("are answered by the kernel", (context) => {
    if (built.length === 0) return context.skip("damaged loads: no module of Linux was built");
    const files = fixtures.map(compileFixture);
    if (files.includes(undefined)) return context.skip("damaged loads: there is no clang");
    const attempt = begin({ release, files, seed: 11 });
    const runs = Array.from({ length: 1000 }, (_, run) => attempt(run));
    expect(runs.flatMap(({ wrong }) => wrong ?? [])).toEqual([]);
    expect(runs.some(({ read }) => read)).toBe(true);
    expect(runs.some(({ read }) => !read)).toBe(true);
  });
});
