// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { NotModelledError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { attach, attachToSocket, Collection, openPerfEvent, PerfBuffer } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { runIsolated } from "./isolated.ts";
import { useKernels } from "./kernels.ts";

test("programs run on events of this process, and send events", {
  timeout: 600_000,
}, async (context) => {
  const entry = fileURLToPath(new URL("./programs/events.ts", import.meta.url));
  const files = { "events.o": fixture(context, "events") };
  const { status, out, err } = await runIsolated(context, entry, files, { words: ["events.o"] });
  expect([status, err]).toEqual([0, ""]);
  const results = JSON.parse(out) as Record<string, unknown>;
  expect(results).toMatchObject({
    tick: true,
    ticksAfterwards: 0,
    before: 0,
    names: 5,
    returns: 5,
    cookie: 77,
    after: 5,
    refusals: {
      binary: "cannot attach program name: set binary: the path of an executable or library",
      symbols: "cannot attach program name: set symbols: functions of the file, or offset",
      missing: expect.stringContaining("has no function 'no_such_function'"),
      noFile: "cannot attach program name: cannot open '/nowhere': ENOENT",
      noElf: expect.stringContaining("'/proc/self/status' is not a 64-bit little-endian ELF file"),
      none: "perf_event_open: ENOENT",
      event: expect.stringContaining("set perfEvent: an event of openPerfEvent()"),
      tracepoint: expect.stringContaining('set tracepoint: its name, such as "sched/sched_switch"'),
      twoWords: expect.stringContaining("'../x/y' is not of the form"),
      noTracefs: expect.stringContaining("that tracefs is mounted"),
    },
    received: ["0123456789", "0123", "0123456789"],
    socketRefusals: [
      'cannot attach program out: only programs of SEC("socket") attach to sockets',
      "setsockopt: ENOTSOCK",
    ],
    seen: ["1 by perf buffer", "2 by perf buffer"],
    ordered: 20,
    closed: 0,
    full: [true, true, 4, true],
    bufferRefusals: ["pages is 3; it must be a power of two", "map .bss is not a perf event array"],
  });
});

describe("without perf events", () => {
  const open = useKernels();

  test("the model throws NotModelledError", (context) => {
    const { init } = open(context, "model");
    const object = fixture(context, "events");
    const loaded = Collection.load(init, object, { programs: ["name", "cut"], token: "never" });
    try {
      expect(() => openPerfEvent(init, {})).toThrow(NotModelledError);
      expect(() => attachToSocket(loaded.program("cut"), 0)).toThrow("setsockopt");
      expect(() => new PerfBuffer(loaded.map("events"))).toThrow("currentTask()");
      expect(() => attach(loaded.program("name"), { binary: "/init", offset: 0 })).toThrow(
        NotModelledError,
      );
    } finally {
      loaded.close();
    }
  });
});
