// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { parseObject } from "@bpf-token/object";
import { dropCapabilities } from "@bpf-token/syscall";
import { insn } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { runSteps } from "../src/calls/run.ts";
import { Collection, LoadError, withToken } from "../src/index.ts";
import { missingForVerifier } from "../src/token/missing.ts";
import { fixture } from "./compile.ts";
import { exact, refusal } from "./container.ts";
import { backends, useKernels } from "./kernels.ts";

const open = useKernels();
const env = {};

const triple = process.arch === "x64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
/** An object of Debian's xdp-tools, which subtracts pointers to the packet. */
const filter = `/usr/lib/${triple}/bpf/xdpfilt_alw_all.o`;
const all = { cmds: "any", maps: "any", progs: "any", attachs: "any" } as const;

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

test("the verifier's refusal names CAP_PERFMON, which the instruction needs", async (context) => {
  if (!existsSync(filter)) return context.skip("the objects of xdp-tools are not installed");
  const kernel = open(context, "native");
  await withToken({ kernel, ...all }, (task) => {
    dropCapabilities(task, "PERFMON", "SYS_ADMIN");
    const error = refusal(task, readFileSync(filter));
    expect([error.phase, error.code]).toEqual(["program", "EACCES"]);
    expect(error.log).not.toBe("");
    expect(error.missing[0]).toMatchObject({ add: "CAP_PERFMON", holder: "process" });
    expect(error.message).toMatch(
      /lacks CAP_PERFMON .*the verifier .*: bpf\(BPF_PROG_LOAD\): EACCES/,
    );
  });
});

test("a refused map names CAP_PERFMON for the instructions of the programs too", async (context) => {
  if (!existsSync(filter)) return context.skip("the objects of xdp-tools are not installed");
  const kernel = open(context, "native");
  await withToken({ kernel, ...all, maps: ["queue"] }, (task) => {
    dropCapabilities(task, "PERFMON", "SYS_ADMIN");
    const { phase, missing } = refusal(task, readFileSync(filter));
    expect(phase).toBe("map");
    expect(missing.map(({ add }) => add)).toContain("CAP_PERFMON");
  });
});

test("a program that the verifier refuses to everybody lacks no capability", async (context) => {
  const kernel = open(context, "native");
  const spec = parseObject(fixture(context, "counter"));
  const functions = spec.functions.map((one) => ({
    // r0 = *(u64 *)(r1 + 4096): outside of the context.
    ...{ ...one, relocations: [] },
    insns: Uint8Array.from([...insn(0x79, 0, 1, 4096), ...insn(0x95)]),
  }));
  await withToken({ kernel, ...all }, (task) => {
    dropCapabilities(task, "PERFMON", "SYS_ADMIN");
    const error = refusal(task, { ...spec, functions, maps: [], btf: undefined });
    expect([error.code, error.missing]).toEqual(["EACCES", []]);
  });
});

test("a process with CAP_PERFMON is not blamed for what the verifier refuses", async (context) => {
  const kernel = open(context, "native");
  const spec = parseObject(fixture(context, "counter"));
  // The difference of two pointers to the packet needs CAP_PERFMON.
  const code = [insn(0x61, 2, 1, 4), insn(0x61, 3, 1, 0), insn(0x1f, 2, 3), insn(0x95)];
  const insns = Uint8Array.from(code.flatMap((one) => [...one]));
  const functions = spec.functions.map((one) => ({ ...one, relocations: [], insns }));
  const object = { ...spec, functions, maps: [], btf: undefined };
  const [program] = object.programs;
  if (program === undefined) throw new Error("the object has no program");
  await withToken({ kernel, ...all }, (task) => {
    const token = { fd: 3 };
    const log =
      "0: (61) r2 = *(u32 *)(r1 +4)\n2: (1f) r2 -= r3\nR2 pointer -= pointer prohibited\n";
    const names = (): readonly string[] =>
      runSteps(task, missingForVerifier({ token }, object, program, log)).map(({ add }) => add);
    expect(names()).toEqual([]);
    dropCapabilities(task, "PERFMON", "SYS_ADMIN");
    expect(names()).toEqual(["CAP_PERFMON"]);
  });
});
