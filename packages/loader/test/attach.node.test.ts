// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NotModelledError } from "@bpf-token/syscall";
import { AttachType, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { AttachError, attach, Collection, type Program, RingBuffer } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { runIsolated } from "./isolated.ts";
import { useKernels } from "./kernels.ts";

/** The path of a new cgroup; empty if cgroup2 is not mounted. */
function group(): string {
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  return root === undefined ? "" : `${root}/bpf-token-attach-${process.pid}`;
}

test("attaches programs and reads their events", { timeout: 600_000 }, async (context) => {
  const entry = fileURLToPath(new URL("./programs/attached.ts", import.meta.url));
  const files = { "attached.o": fixture(context, "attached") };
  const { status, out, err } = await runIsolated(context, entry, files, {
    words: ["attached.o", group()],
  });
  expect([status, err]).toEqual([0, ""]);
  const results = JSON.parse(out) as Record<string, unknown>;
  expect(results).toMatchObject({
    // The program discards the third event.
    first: ["1", "2", "4", "5"].map((n) => expect.stringMatching(`^${n} 6[04] packet$`)),
    count: 400,
    twice: "EBUSY",
    afterwards: 0,
    closed: 0,
    refusals: {
      interface: "cannot attach program count: set ifindex: the number of a network interface",
      none: "EINVAL",
      type: expect.stringContaining("set attachType: TCX_INGRESS or TCX_EGRESS"),
      socket: expect.stringContaining("attachToSocket(program, socket)"),
      cgroup: expect.stringContaining("cannot open '/nowhere': ENOENT"),
      which: "none",
    },
  });
  // CAP_BPF and CAP_PERFMON suffice for iterators; only a security module of the machine refuses one.
  expect([32, "EPERM"]).toContain(results.iterated);
  expect(results.cgroup).toBe(group() === "" ? undefined : true);
  expect((results.link as { programId: number }).programId).toBe(results.program);
});

describe("where attaching is not supported", () => {
  const open = useKernels();

  test("a ring buffer refuses a task outside this process, and names currentTask()", (context) => {
    const kernel = open(context, "model");
    const object = fixture(context, "attached");
    const loaded = Collection.load(kernel.init, object, { programs: [], token: "never" });
    try {
      expect(() => new RingBuffer(loaded.map("events"))).toThrow(NotModelledError);
      expect(() => new RingBuffer(loaded.map("events"))).toThrow("currentTask()");
      expect(() => new RingBuffer(loaded.map("numbers"))).toThrow("numbers is not a ring buffer");
    } finally {
      loaded.close();
    }
  });

  test("the executor refuses to attach to the host, with an error", (context) => {
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

test.each([
  ["fentry", AttachType.TRACE_FENTRY_MULTI],
  ["fexit", AttachType.TRACE_FEXIT_MULTI],
  ["fsession", AttachType.TRACE_FSESSION_MULTI],
] as const)("refuses %s.multi with the section to use", (one, type) => {
  const spec = { type: ProgType.TRACING, attach: type, section: `${one}.multi/vfs_*` };
  const program = { spec, name: "many", task: undefined } as unknown as Program;
  const text = `cannot attach program many: attach() does not support ${one}.multi, one program for many functions; use SEC("${one}/FUNCTION") for each function`;
  expect(() => attach(program)).toThrow(
    new AttachError("many", text.slice(text.indexOf("attach()"))),
  );
  expect(() => attach(program)).toThrow(text);
});
