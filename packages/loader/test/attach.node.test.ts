// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NotModelledError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { AttachError, attach, Collection, RingBuffer } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { runIsolated } from "./isolated.ts";
import { useKernels } from "./kernels.ts";

/** A group of our own in the tree of cgroup2, if this machine has one. */
function group(): string {
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  return root === undefined ? "" : `${root}/bpf-token-attach-${process.pid}`;
}

test("programs are attached, and their events are read", { timeout: 600_000 }, async (context) => {
  const entry = fileURLToPath(new URL("./programs/attached.ts", import.meta.url));
  const files = { "attached.o": fixture(context, "attached") };
  const { status, out, err } = await runIsolated(context, entry, files, {
    words: ["attached.o", group()],
  });
  expect([status, err]).toEqual([0, ""]);
  const results = JSON.parse(out) as Record<string, unknown>;
  expect(results).toMatchObject({
    // The third was thrown away.
    first: ["1", "2", "4", "5"].map((n) => expect.stringMatching(`^${n} 6[04] packet$`)),
    count: 400,
    twice: "EBUSY",
    afterwards: 0,
    closed: 0,
    iterated: 32,
    refusals: {
      interface: "cannot attach program count: say ifindex: the number of a network interface",
      none: "EINVAL",
      type: expect.stringContaining("say attachType: TCX_INGRESS or TCX_EGRESS"),
      socket: expect.stringContaining("attachToSocket(program, socket)"),
      cgroup: expect.stringContaining("cannot open '/nowhere': ENOENT"),
      which: "none",
    },
  });
  expect(results.cgroup).toBe(group() === "" ? undefined : true);
  expect((results.link as { programId: number }).programId).toBe(results.program);
});

describe("where programs cannot be attached", () => {
  const open = useKernels();

  test("memory of another task cannot be shared: a ring buffer says who could", (context) => {
    const kernel = open(context, "model");
    const object = fixture(context, "attached");
    const loaded = Collection.load(kernel.init, object, { programs: [], token: "never" });
    try {
      expect(() => new RingBuffer(loaded.map("events"))).toThrow(NotModelledError);
      expect(() => new RingBuffer(loaded.map("events"))).toThrow("currentTask()");
      expect(() => new RingBuffer(loaded.map("numbers"))).toThrow("numbers is no ring buffer");
    } finally {
      loaded.close();
    }
  });

  test("the executor keeps programs from the machine, and says so", (context) => {
    const kernel = open(context, "native");
    const object = fixture(context, "attached");
    const options = { programs: ["count", "filter"], token: "never" } as const;
    const loaded = Collection.load(kernel.init, object, options);
    try {
      expect(() => attach(loaded.program("count"), { ifindex: 1 })).toThrow(
        "bpf() commands that attach",
      );
      expect(() => attach(loaded.program("filter"))).toThrow(AttachError);
    } finally {
      loaded.close();
    }
  });
});
