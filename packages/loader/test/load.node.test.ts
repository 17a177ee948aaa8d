// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { Collection } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { backends, useKernels } from "./kernels.ts";

const open = useKernels();

describe.each(backends)("on %s", (backend) => {
  test("loads a whole object, and closes every fd", (context) => {
    const { init } = open(context, backend);
    const before = init.kernel.openFds(init).length;
    const collection = Collection.load(init, fixture(context, "counter"));
    expect([...collection.maps.keys()]).toEqual(["seen", ".rodata", ".data", ".bss"]);
    expect([...collection.programs.keys()]).toEqual(["count"]);
    expect(collection.btf?.closed).toBe(false);
    collection.close();
    expect(init.kernel.openFds(init)).toHaveLength(before);
  });
});
