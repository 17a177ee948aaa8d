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
  test("are all supported for root, and the probes leave no fd open", (context) => {
    const { init } = open(context, backend);
    const before = init.kernel.openFds(init).length;
    expect(probeFeatures(init)).toEqual(all);
    expect(init.kernel.openFds(init)).toHaveLength(before);
  });

  test("are probed with types that the token allows; others are not permitted", async (context) => {
    const kernel = open(context, backend);
    const probe = (delegated: Partial<typeof exact>) =>
      withToken({ kernel, ...delegated }, (task) => {
        const token = Token.open(task, "/sys/fs/bpf");
        const found = probeFeatures(task, { token });
        token.close();
        return found;
      });
    expect(await probe(exact)).toEqual(all);
    // Without arrays, another map type probes map names. Missing BTF changes no other result.
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

  test("are not permitted in a container without a token", async (context) => {
    const kernel = open(context, backend);
    await withToken({ kernel, ...exact }, (task) => {
      const found = Object.values(probeFeatures(task));
      expect(new Set(found)).toEqual(new Set(["not permitted"]));
    });
  });
});
