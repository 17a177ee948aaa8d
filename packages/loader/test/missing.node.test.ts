// SPDX-License-Identifier: MIT
import { dropCapabilities } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { Collection, LoadError, withToken } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { exact, refusal } from "./container.ts";
import { backends, useKernels } from "./kernels.ts";

const open = useKernels();
const env = {};

describe.for(backends)("on %s", (backend) => {
  test("an error lists all that is missing, the refused call first", async (context) => {
    const kernel = open(context, backend);
    const less = { ...exact, maps: ["HASH"], progs: ["KPROBE"] } as const;
    await withToken({ kernel, ...less }, (task) => {
      dropCapabilities(task, "NET_ADMIN", "SYS_ADMIN");
      const error = refusal(task, fixture(context, "counter"));
      expect(error.phase).toBe("map");
      const lacks = error.missing.map(({ option, add, holder }) => `${option} ${add} ${holder}`);
      expect(lacks[0]).toMatch(/^delegate_maps \w+ host$/);
      expect(lacks).toContain("delegate_progs xdp host");
      expect(lacks).toContain("capabilities CAP_NET_ADMIN process");
      expect(new Set(lacks).size).toBe(lacks.length);
      for (const { option, add, fix } of error.missing) {
        expect(fix).toContain(add);
        if (option !== "capabilities") expect(fix).toContain(`${option}=`);
      }
      expect(error.message).toMatch(/the token lacks .*: bpf\(BPF_MAP_CREATE\): EPERM.*; fix: /);
    });
  });
});

test("a process of the initial user namespace is never blamed for a token", (context) => {
  const kernel = open(context, "native");
  const task = kernel.init.fork();
  try {
    dropCapabilities(task, "BPF", "NET_ADMIN", "SYS_ADMIN");
    const error = refusal(task, fixture(context, "counter"), { token: "auto", env });
    expect(error.missing[0]).toMatchObject({ option: "capabilities", add: "CAP_BPF" });
    expect(error.message).toContain("lacks CAP_BPF in the initial user namespace");
    expect(error.message).not.toContain("mount");
  } finally {
    task.close();
  }
});

test("root of the host with a program type that is refused to all gets no advice about tokens", (context) => {
  const kernel = open(context, "native");
  let thrown: unknown;
  try {
    Collection.load(kernel.init, fixture(context, "trampolines"), {
      token: "auto",
      env,
      programs: ["entered"],
    }).close();
  } catch (error) {
    thrown = error;
  }
  if (thrown === undefined) return context.skip("this kernel loads the program");
  expect(thrown).toBeInstanceOf(LoadError);
  const { missing, message, code } = thrown as LoadError;
  expect(missing).toEqual([]);
  if (code === "EPERM") expect(message).toContain("this is no token matter");
  expect(message).not.toMatch(/mount a BPF|delegate_/);
});
