// SPDX-License-Identifier: MIT
// Links that need trampolines, on Linux 6.12 in a guest.
import { raw, type Task } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { attach, Collection } from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

function openSomething(task: Task): void {
  const fd = raw.openat(task, AT.FDCWD, "/proc/self/status", O.RDONLY, 0);
  expect(fd).toBeGreaterThanOrEqual(0);
  raw.close(task, fd);
}

describeGuest("links on Linux 6.12", (guest) => {
  test.for([
    ["entered", "opened"],
    ["opening", "asked"],
  ] as const)("%s counts while it is attached", ([program, variable], context) => {
    const task = guest().init.fork();
    const object = fixture(context, "trampolines");
    const loaded = Collection.load(task, object, { programs: [program], token: "never" });
    openSomething(task);
    expect(loaded.variables.get(variable)).toBe(0n);
    const link = attach(loaded.program(program));
    openSomething(task);
    const seen = loaded.variables.get(variable) as bigint;
    expect(seen).toBeGreaterThan(0n);
    expect(link.info().programId).toBe(loaded.program(program).info().id);
    link.close();
    const last = loaded.variables.get(variable);
    openSomething(task);
    expect(loaded.variables.get(variable)).toBe(last);
    loaded.close();
    task.close();
  });

  test("a program replaces a function of another one, until its link is closed", (context) => {
    const task = guest().init.fork();
    const object = fixture(context, "trampolines");
    const below = Collection.load(task, object, { programs: ["replaced"], token: "never" });
    const run = (): number =>
      below.program("replaced").testRun({ data: new Uint8Array(64) }).retval;
    expect(run()).toBe(2);
    const targets = { instead: { program: below.program("replaced").fd, function: "verdict" } };
    const above = Collection.load(task, object, { programs: ["instead"], targets, token: "never" });
    const link = attach(above.program("instead"));
    expect(run()).toBe(1);
    link.close();
    above.close();
    expect(run()).toBe(2);
    below.close();
    task.close();
  });
});
