// SPDX-License-Identifier: MIT
// Programs that the module attaches and runs while the verifier behaves as with the JIT compiler.
import { type BpfKernel, BpfKernelTrap, createBpfKernel } from "@bpf-token/kernel-bpf";
import { bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { Btf } from "@bpf-token/object";
import { bpf, createMap, loadProgram, raw } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, Errno, newestRelease } from "@bpf-token/uapi";
import { beforeEach, describe, expect, test } from "vitest";
import { insns } from "../../../../packages/kernel-bpf/test/insns.ts";

const LSM = 29;
const LSM_MAC = 27;
const TRACING = 26;
const TRACE_FENTRY = 24;
const TRACE_ITER = 28;

const exit = [0x95, 0, 0, 0] as const;
const answer = (value: number) => [0xb7, 0, 0, value] as const;
/** Refuses MAP_CREATE, whose number is the first argument of the hook `bpf`. */
const refusesMaps = insns(
  [0x79, 0x10, 0, 0],
  [0x55, 0, 2, 0],
  answer(-Errno.EBUSY),
  exit,
  answer(0),
  exit,
);
/** Refuses MAP_CREATE of the process 4242. */
const refusesProcess = insns(
  [0xbf, 0x16, 0, 0],
  [0x85, 0, 0, 14],
  [0x77, 0, 0, 32],
  [0x55, 0, 4, 4242],
  [0x79, 0x61, 0, 0],
  [0x55, 1, 2, 0],
  answer(-Errno.EBUSY),
  exit,
  answer(0),
  exit,
);
/** Refuses unless 32 bits of what an argument points to are 0. */
const refusesField = (argument: number, offset: number) =>
  insns(
    [0x79, 0x11, 8 * argument, 0],
    [0x61, 0x10, offset, 0],
    [0x15, 0, 1, 0],
    answer(-Errno.EBUSY),
    exit,
  );
const array = { type: "ARRAY", keySize: 4, valueSize: 4, maxEntries: 1 } as const;
const built = bpfKernelReleases();

describe.each(built.length > 0 ? built : ["6.12"])("programs on Linux %s", (release) => {
  let kernel: BpfKernel;
  let btf: Btf;

  beforeEach((context) => {
    if (built.length === 0) return context.skip("no module. Fix: npm run kernel-bpf -- build 6.12");
    const found = readBpfKernel(release);
    kernel = createBpfKernel(found);
    btf = Btf.parse(found.btf);
    return () => kernel.close();
  });

  function load(type: number, attach: number, target: string, code: Uint8Array): number {
    const fd = bpf(kernel.init, "PROG_LOAD", {
      prog_type: type,
      expected_attach_type: attach,
      attach_btf_id: btf.id(target, "FUNC") ?? 0,
      insns: code,
      insn_cnt: code.length / 8,
      license: "GPL",
    });
    expect(fd).toBeGreaterThan(2);
    return fd;
  }

  function attach(program: number, type: number): number {
    return bpf(kernel.init, "LINK_CREATE", { prog_fd: program, attach_type: type });
  }

  function createsMap(task = kernel.init): number {
    const attr = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 };
    const fd = bpf(task, "MAP_CREATE", attr);
    if (fd > 0) task.syscall(3, fd);
    return Math.min(fd, 0);
  }

  test("an LSM program decides while its link exists, and leaks nothing", () => {
    const program = load(LSM, LSM_MAC, "bpf_lsm_bpf", refusesMaps);
    const once = () => {
      const link = attach(program, LSM_MAC);
      expect(link).toBeGreaterThan(program);
      expect(attach(program, LSM_MAC)).toBe(-Errno.EBUSY);
      expect(createsMap()).toBe(-Errno.EBUSY);
      loadProgram(kernel.init, { type: "XDP", insns: insns(answer(2), exit) }).close();
      kernel.init.syscall(3, link);
      kernel.settle();
      expect(createsMap()).toBe(0);
      kernel.settle();
      return kernel.live();
    };
    once();
    const live = once();
    for (let i = 0; i < 20; i++) once();
    expect(once()).toBe(live);
    expect(kernel.warnings()).toBe(0);
  });

  test("it sees the process that a task stands for", () => {
    const child = kernel.init.fork();
    attach(load(LSM, LSM_MAC, "bpf_lsm_bpf", refusesProcess), LSM_MAC);
    expect(createsMap(child)).toBe(0);
    child.showAs(4242);
    expect(createsMap(child)).toBe(-Errno.EBUSY);
    expect(createsMap()).toBe(0);
    expect(child.syscall(39)).toBe(child.pid);
  });

  test("the first program that refuses decides", () => {
    attach(load(LSM, LSM_MAC, "bpf_lsm_bpf_map_create", insns(answer(-1), exit)), LSM_MAC);
    expect(createsMap()).toBe(-Errno.EPERM);
    attach(load(LSM, LSM_MAC, "bpf_lsm_bpf", refusesMaps), LSM_MAC);
    expect(createsMap()).toBe(-Errno.EBUSY);
  });

  function offsetOf(struct: string, member: string): number {
    const type = btf.type(btf.id(struct, "STRUCT") ?? 0);
    const found = type.kind === "STRUCT" && type.members.find(({ name }) => name === member);
    if (!found) throw new Error(`no ${struct}.${member}`);
    return found.bitOffset / 8;
  }

  test("a program reads what has the same offset in the module and in Linux", () => {
    const entries = offsetOf("bpf_map", "max_entries");
    for (const code of [refusesField(0, entries), refusesField(1, 0)]) {
      const link = attach(load(LSM, LSM_MAC, "bpf_lsm_bpf_map_create", code), LSM_MAC);
      expect(createsMap()).toBe(-Errno.EBUSY);
      kernel.init.syscall(3, link);
      kernel.settle();
    }
    expect(createsMap()).toBe(0);
  });

  test("a program that reads another field of the kernel is verified, but does not run", () => {
    const code = refusesField(0, offsetOf("bpf_map", "name"));
    attach(load(LSM, LSM_MAC, "bpf_lsm_bpf_map_create", code), LSM_MAC);
    expect(() => createsMap()).toThrow("a read of 'bpf_map' at the offset of the distribution");
  });

  test.each([
    ["a hook that the module calls in another way", LSM, LSM_MAC, "bpf_lsm_inode_permission"],
    ["a function that has no code here", TRACING, TRACE_FENTRY, "tcp_v4_connect"],
  ])("%s is not attached to, by name", (_, type, attachType, target) => {
    const program = load(type, attachType, target, insns(answer(0), exit));
    expect(() => attach(program, attachType)).toThrow(`bpf backend: attach to ${target}`);
    expect(() => createMap(kernel.init, array)).toThrow(BpfKernelTrap);
  });

  test("an iterator that the module does not have is not modelled, by name", () => {
    const code = insns(answer(0), exit);
    load(TRACING, TRACE_ITER, "bpf_iter_task", code);
    const other = { prog_type: TRACING, expected_attach_type: TRACE_ITER, license: "GPL" };
    const id = btf.id("bpf_iter_init_tcp", "FUNC") ?? 0;
    const attr = { ...other, attach_btf_id: id, insns: code, insn_cnt: 2 };
    expect(bpf(kernel.init, "PROG_LOAD", attr)).toBe(-Errno.EINVAL);
    expect(() => load(TRACING, TRACE_ITER, "bpf_iter_tcp", code)).toThrow(
      "not modelled by the bpf backend: bpf_iter_tcp",
    );
  });

  test("a program with a function runs, and calls of helpers and of a map's own code", () => {
    const map = createMap(kernel.init, array);
    const program = loadProgram(kernel.init, {
      type: "XDP",
      insns: insns(
        [0x85, 0x10, 0, 1],
        exit,
        [0x62, 0x0a, -4, 0],
        [0x62, 0x0a, -8, 7],
        [0x18, 0x11, 0, map.fd],
        [0, 0, 0, 0],
        [0xbf, 0xa2, 0, 0],
        [0x07, 2, 0, -4],
        [0xbf, 0xa3, 0, 0],
        [0x07, 3, 0, -8],
        [0xb7, 4, 0, 0],
        [0x85, 0, 0, 2],
        [0x07, 0, 0, 5],
        exit,
      ),
    });
    const layout = attrLayout("PROG_TEST_RUN", newestRelease);
    const data = new Uint8Array(64);
    const attr = layout.encode({ prog_fd: program.fd, data_in: data, data_size_in: data.length });
    expect(raw.bpf(kernel.init, BpfCmd.PROG_TEST_RUN, attr, attr.bytes.length)).toBe(0);
    expect(layout.decode(attr.bytes).retval).toBe(5);
    const value = new Uint8Array(4);
    bpf(kernel.init, "MAP_LOOKUP_ELEM", { map_fd: map.fd, key: new Uint8Array(4), value });
    expect(value[0]).toBe(7);
    program.close();
    map.close();
  });
});
