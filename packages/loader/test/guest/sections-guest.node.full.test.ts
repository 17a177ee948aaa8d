// SPDX-License-Identifier: MIT
// Section names that Linux knows since 7.0 (fsession), 7.1 (sleepable tracepoints), 7.2 (multi).
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import type { Kernel } from "@bpf-token/syscall";
import { expect, type TestContext, test } from "vitest";
import { attach, Collection, type LoadError } from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

/** Loads one program, and returns the error's reason, or `loaded`. */
function load(kernel: Kernel, object: Uint8Array | ObjectSpec, program: string): string {
  try {
    Collection.load(kernel.init, object, { programs: [program], token: "never" }).close();
    return "loaded";
  } catch (error) {
    return (error as LoadError).reason;
  }
}

const names = (object: Uint8Array): readonly string[] =>
  parseObject(object).programs.map(({ name }) => name);

describeGuest(
  "programs of newer sections on Linux 7.3",
  (guest) => {
    test("are loaded", (context) => {
      const object = fixture(context, "newer");
      const results = names(object).map((name) => [name, load(guest(), object, name)]);
      expect(results).toHaveLength(8);
      expect(results.filter(([, result]) => result !== "loaded")).toEqual([]);
    });

    test("are refused without such a hint for another reason", (context) => {
      const object = fixture(context, "newer");
      const spec = parseObject(object);
      // The kernel lets only some functions sleep.
      const programs = spec.programs.map((one) => {
        const name = "do_sys_openat2";
        return one.name === "fsession_s"
          ? { ...one, attachBtf: { name, kind: "FUNC" as const } }
          : one;
      });
      expect(load(guest(), { ...spec, programs }, "fsession_s")).toBe("bpf(BPF_PROG_LOAD): EINVAL");
    });

    test("an fsession is attached to its function", (context) => {
      const kernel = guest();
      const object = fixture(context, "newer");
      const task = kernel.init.fork();
      const collection = Collection.load(task, object, { programs: ["fsession"], token: "never" });
      const link = attach(collection.program("fsession"));
      expect(link.info().programId).toBe(collection.program("fsession").info().id);
      link.close();
      collection.close();
    });
  },
  "7.3",
);

describeGuest("programs of newer sections on Linux 6.12", (guest) => {
  const refused = (context: TestContext, program: string): string =>
    load(guest(), fixture(context, "newer"), program);

  test("are refused, and the error has the first release that loads them", (context) => {
    const { release } = guest();
    const end = (linux: string, section: string) =>
      `bpf(BPF_PROG_LOAD): EINVAL; SEC("${section}") needs Linux ${linux} or later, and this kernel is ${release}`;
    expect(refused(context, "fsession")).toBe(end("7.0", "fsession/do_sys_openat2"));
    expect(refused(context, "raw_tp_s")).toBe(end("7.1", "raw_tp.s/sys_enter"));
    expect(refused(context, "fentry_multi")).toBe(end("7.2", "fentry.multi/do_sys_open*"));
  });
});
