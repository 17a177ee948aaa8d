// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { probeFeatures, Token, withToken } from "../src/index.ts";
import { exact } from "./container.ts";
import { backends, useKernels } from "./kernels.ts";

const open = useKernels();
const all = {
  mapNames: "supported",
  mmapableArrays: "supported",
  programNames: "supported",
  btf: "supported",
} as const;

describe.each(backends)("features on %s", (backend) => {
  test("are all there for root, and nothing stays open", (context) => {
    const { init } = open(context, backend);
    const before = init.kernel.openFds(init).length;
    expect(probeFeatures(init)).toEqual(all);
    expect(init.kernel.openFds(init)).toHaveLength(before);
  });

  test("are tried with what a token allows, and what it does not allow is not permitted", async (context) => {
    const kernel = open(context, backend);
    const probe = (delegated: Partial<typeof exact>) =>
      withToken({ kernel, ...delegated }, (task) => {
        const token = Token.open(task, "/sys/fs/bpf");
        const found = probeFeatures(task, { token });
        token.close();
        return found;
      });
    expect(await probe(exact)).toEqual(all);
    // Without arrays: names are tried with another map. Without types: the rest is as it was.
    expect(await probe({ ...exact, maps: ["HASH"] as never })).toEqual({
      ...all,
      mmapableArrays: "not permitted",
    });
    expect(await probe({ ...exact, cmds: ["MAP_CREATE"] as never })).toEqual({
      ...all,
      programNames: "not permitted",
      btf: "not permitted",
    });
  });

  test("without a token nothing is permitted in a container", async (context) => {
    const kernel = open(context, backend);
    await withToken({ kernel, ...exact }, (task) => {
      const found = Object.values(probeFeatures(task));
      expect(new Set(found)).toEqual(new Set(["not permitted"]));
    });
  });
});
