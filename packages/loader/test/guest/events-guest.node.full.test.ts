// SPDX-License-Identifier: MIT
// System-wide events, on Linux 6.12 in a guest, where no other process runs.
import { BpfError, check, raw, type Task } from "@bpf-token/syscall";
import { AT, CLONE, MS, O } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import {
  AttachError,
  type AttachOptions,
  attach,
  Collection,
  openPerfEvent,
} from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

/** A task in its own mount namespace with sysfs and tracefs. */
function withFiles(of: Task): Task {
  const task = of.fork();
  check(task, { syscall: "unshare" }, raw.unshare(task, CLONE.NEWNS));
  const mount = (type: string, path: string): void => {
    check(task, { syscall: "mount", cmd: type }, raw.mount(task, type, path, type, 0, null));
  };
  check(task, { syscall: "mount" }, raw.mount(task, null, "/", null, MS.REC | MS.PRIVATE, null));
  mount("sysfs", "/sys");
  mount("tracefs", "/sys/kernel/tracing");
  return task;
}

function openSomething(task: Task): void {
  const fd = raw.openat(task, AT.FDCWD, "/proc/self/status", O.RDONLY, 0);
  expect(fd).toBeGreaterThanOrEqual(0);
  raw.close(task, fd);
}

/** The entry point of the task's executable, which it reaches again by an exec. */
function beginning(task: Task): number {
  const fd = raw.openat(task, AT.FDCWD, "/proc/self/exe", O.RDONLY, 0);
  const head = new DataView(new ArrayBuffer(4096));
  expect(raw.read(task, fd, new Uint8Array(head.buffer), 4096)).toBe(4096);
  raw.close(task, fd);
  const [entry, table] = [head.getBigUint64(24, true), Number(head.getBigUint64(32, true))];
  for (let i = 0; i < head.getUint16(56, true); i++) {
    const at = table + 56 * i;
    const [offset, address, size] = [8, 16, 32].map((n) => head.getBigUint64(at + n, true));
    const inside = entry - (address as bigint);
    if (head.getUint32(at, true) === 1 && inside >= 0n && inside < (size as bigint))
      return Number(inside + (offset as bigint));
  }
  throw new Error("the executor's file has no entry point");
}

describeGuest("events on Linux 6.12", (guest) => {
  test.for([
    ["switched", "switches", {}],
    ["opening", "opens", {}],
    ["opened", "returns", {}],
    ["called", "calls", {}],
    ["nowhere", "", { symbols: ["do_sys_openat2"] }],
    ["anywhere", "", { tracepoint: "syscalls/sys_enter_openat" }],
  ] as const)("%s runs while it is attached", ([program, variable, options], context) => {
    const task = withFiles(guest().init);
    const object = fixture(context, "events");
    const loaded = Collection.load(task, object, { programs: [program], token: "never" });
    const count = (): bigint => (variable === "" ? 0n : (loaded.variables.get(variable) as bigint));
    openSomething(task);
    expect(count()).toBe(0n);
    const link = attach(loaded.program(program), options);
    openSomething(task);
    if (variable !== "") expect(count()).toBeGreaterThan(0n);
    expect(link.info().programId).toBe(loaded.program(program).info().id);
    link.close();
    const last = count();
    openSomething(task);
    expect(count()).toBe(last);
    loaded.close();
    task.close();
  });

  test("an error names what does not exist", (context) => {
    const task = withFiles(guest().init);
    const object = fixture(context, "events");
    const programs = ["nowhere", "anywhere", "place"];
    const loaded = Collection.load(task, object, { programs, token: "never" });
    const why = (program: string, options: AttachOptions): string => {
      try {
        attach(loaded.program(program), options).close();
      } catch (error) {
        if (error instanceof BpfError || error instanceof AttachError) return error.message;
        throw error;
      }
      return "";
    };
    expect(why("nowhere", {})).toContain("ENOENT");
    expect(why("nowhere", {})).toContain("kprobe no_such_function");
    expect(why("anywhere", { tracepoint: "no/such" })).toContain(
      "check that the tracepoint exists",
    );
    expect(why("nowhere", { symbols: ["a", "b"] })).toContain("exactly one kernel function");
    expect(why("place", {})).toContain("USDT");
    loaded.close();
    task.close();
  });

  test.for(["name", "each"])("%s runs at the entry point of an executable", (program, context) => {
    const task = withFiles(guest().init);
    const object = fixture(context, "events");
    const loaded = Collection.load(task, object, { programs: [program], token: "never" });
    const count = (): unknown => loaded.variables.get("names");
    const place = { binary: "/proc/self/exe", offset: beginning(task) };
    const link = attach(loaded.program(program), { ...place, cookie: 5n });
    const child = task.fork();
    child.exec();
    expect(count()).toBe(1n);
    if (program === "name") expect(loaded.variables.get("cookie")).toBe(5n);
    link.close();
    child.exec();
    expect(count()).toBe(1n);
    child.close();
    loaded.close();
    task.close();
  });

  test("a program runs on events of the CPU clock", (context) => {
    const task = guest().init.fork();
    const object = fixture(context, "events");
    const loaded = Collection.load(task, object, { programs: ["tick"], token: "never" });
    const event = openPerfEvent(task, { sample_period: 1_000_000n }, { pid: -1, cpu: 0 });
    const link = attach(loaded.program("tick"), { perfEvent: event });
    for (let i = 0; i < 200 && loaded.variables.get("ticks") === 0n; i++) openSomething(task);
    expect(loaded.variables.get("ticks")).not.toBe(0n);
    link.close();
    event.close();
    loaded.close();
    task.close();
  });
});
