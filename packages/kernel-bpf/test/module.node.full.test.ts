// SPDX-License-Identifier: GPL-2.0-only
// What a module that was built answers. `npm run bpf-kernel -- build` builds it.
import {
  BpfError,
  createMap,
  createToken,
  delegateBpffs,
  dropCapabilities,
  KernelLog,
  loadProgram,
  NotModelledError,
  raw,
} from "@bpf-token/syscall";
import { BAD_ADDRESS, BPF_F, Errno } from "@bpf-token/uapi";
import { beforeEach, describe, expect, test } from "vitest";
import { type BpfKernel, BpfKernelTrap, BpfModuleError, createBpfKernel } from "../src/index.ts";
import {
  BpfKernelMissingError,
  bpfKernelReleases,
  type KeptBpfKernel,
  readBpfKernel,
} from "../src/node/index.ts";

function kept(release: string): KeptBpfKernel | string {
  try {
    return readBpfKernel(release);
  } catch (error) {
    if (error instanceof BpfKernelMissingError) return error.message;
    throw error;
  }
}

/** Instructions as the kernel has them: code, registers, offset, immediate. */
function insns(...rows: readonly (readonly [number, number, number, number])[]): Uint8Array {
  const bytes = new Uint8Array(8 * rows.length);
  const view = new DataView(bytes.buffer);
  rows.forEach(([code, registers, offset, imm], i) => {
    bytes[8 * i] = code;
    bytes[8 * i + 1] = registers;
    view.setInt16(8 * i + 2, offset, true);
    view.setInt32(8 * i + 4, imm, true);
  });
  return bytes;
}

const exit = [0x95, 0, 0, 0] as const;
const pass = insns([0xb7, 0, 0, 2], exit);
/** r0 = r10: the address of the stack. */
const leak = insns([0xbf, 0xa0, 0, 0], exit);
/** Reads a byte of the packet without a check of its end. */
const unchecked = insns([0x61, 0x12, 0, 0], [0x71, 0x20, 0, 0], exit);

function errnoOf(what: () => unknown): string | undefined {
  try {
    what();
    return undefined;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return error.code;
  }
}

const built = bpfKernelReleases();

// Without any module, one release stays and its tests are skipped with the reason.
describe.each(built.length > 0 ? built : ["6.12"])("Linux %s", (release) => {
  const found = kept(release);
  let kernel: BpfKernel;

  beforeEach((context) => {
    if (typeof found === "string") return context.skip(`kernel-bpf: ${found}`);
    kernel = createBpfKernel(found);
    return () => kernel.close();
  });

  test("boots without warnings and names its release", () => {
    expect(kernel.release.startsWith(`${release}.`)).toBe(true);
    expect(kernel.warnings()).toBe(0);
    expect(kernel.log.filter((line) => line.includes("returned"))).toEqual([]);
  });

  test("the verifier accepts and refuses, with its log", () => {
    loadProgram(kernel.init, { type: "XDP", insns: pass }).close();
    const log = new KernelLog();
    expect(errnoOf(() => loadProgram(kernel.init, { type: "XDP", insns: unchecked, log }))).toBe(
      "EACCES",
    );
    expect(log.text).toContain("invalid access to packet, off=0 size=1");
    expect(log.text).toContain("processed 2 insns");
  });

  test("the end of user memory is exact", () => {
    const attr = new Uint8Array(72);
    new DataView(attr.buffer).setUint32(0, 1, true);
    for (const at of [4, 8, 12]) new DataView(attr.buffer).setUint32(at, 4, true);
    expect(raw.bpf(kernel.init, 0, BAD_ADDRESS, 72)).toBe(-Errno.EFAULT);
    expect(raw.bpf(kernel.init, 0, attr.subarray(0, 71), 72)).toBe(-Errno.EFAULT);
    expect(raw.bpf(kernel.init, 0, attr, 72)).toBeGreaterThanOrEqual(3);
    expect(raw.fsopen(kernel.init, Uint8Array.of(98, 112, 102), 0)).toBe(-Errno.EFAULT);
  });

  test("a token gives a container what the delegation allows, and no more", () => {
    const { init } = kernel;
    const app = kernel.createChild();
    const map = { keySize: 4, valueSize: 8, maxEntries: 1 } as const;
    expect(errnoOf(() => createMap(app, { ...map, type: "HASH" }))).toBe("EPERM");
    const cmds = ["map_create", "prog_load"] as const;
    const bpffs = delegateBpffs(app, init, {
      cmds,
      maps: ["hash"],
      progs: ["xdp", "socket_filter"],
      attachs: "any",
    });
    expect(errnoOf(() => createToken(init, bpffs.fd))).toBe("EPERM");
    const token = createToken(app, bpffs);
    createMap(app, { ...map, type: "HASH", token }).close();
    expect(errnoOf(() => createMap(app, { ...map, type: "LRU_HASH", token }))).toBe("EPERM");
    const program = loadProgram(app, { type: "SOCKET_FILTER", insns: leak, token });
    expect(app.capabilitiesAsked().some(({ granted, level }) => granted && level === 1)).toBe(true);
    program.close();
    dropCapabilities(app, "PERFMON", "SYS_ADMIN");
    const log = new KernelLog();
    expect(
      errnoOf(() => loadProgram(app, { type: "SOCKET_FILTER", insns: leak, token, log })),
    ).toBe("EACCES");
    expect(log.text).toContain("R0 leaks addr as return value");
  });

  test("a snapshot restores everything, also the child", () => {
    const before = kernel.snapshot();
    const live = kernel.live();
    const first = loadProgram(kernel.init, { type: "XDP", insns: pass }).release();
    const child = kernel.createChild();
    kernel.restore(before);
    expect(child.closed).toBe(true);
    expect(kernel.live()).toBe(live);
    expect(loadProgram(kernel.init, { type: "XDP", insns: pass }).release()).toBe(first);
    kernel.createChild();
    expect(() => kernel.createChild()).toThrow(NotModelledError);
  });

  test("loads and closes leak nothing", () => {
    const load = () => loadProgram(kernel.init, { type: "XDP", insns: pass }).close();
    load();
    kernel.settle();
    const live = kernel.live();
    for (let i = 0; i < 200; i++) load();
    kernel.settle();
    expect(kernel.live()).toBe(live);
    expect(kernel.warnings()).toBe(0);
  });

  test("arenas are created and freed", () => {
    const { init } = kernel;
    const shape = { type: "ARENA", keySize: 0, valueSize: 0, maxEntries: 100 } as const;
    const create = () => createMap(init, { ...shape, flags: BPF_F.MMAPABLE }).close();
    create();
    kernel.settle();
    const live = kernel.live();
    for (let i = 0; i < 100; i++) create();
    kernel.settle();
    expect(kernel.live()).toBe(live);
    expect(kernel.warnings()).toBe(0);
    expect(errnoOf(() => createMap(init, shape))).toBe("EINVAL");
    const large = { ...shape, flags: BPF_F.MMAPABLE, maxEntries: (1 << 20) + 1 };
    expect(errnoOf(() => createMap(init, large))).toBe("E2BIG");
  });

  test("what is out of reach names itself", () => {
    expect(() => kernel.init.fork()).toThrow(NotModelledError);
    expect(() => kernel.init.syscall(39)).toThrow("not modelled by the bpf backend: getpid");
    expect(() => kernel.openFds()).toThrow(NotModelledError);
  });

  test("a trap is reported, and a snapshot helps", () => {
    const before = kernel.snapshot();
    // The address of the module's own heap in place of an allocation.
    const damage = kernel.snapshot() as unknown as { memory: Uint8Array };
    damage.memory.fill(0xff, 2 << 20);
    kernel.restore(damage as never);
    const load = () => loadProgram(kernel.init, { type: "XDP", insns: pass }).close();
    expect(load).toThrow(BpfKernelTrap);
    expect(load).toThrow("restore a snapshot");
    kernel.restore(before);
    load();
  });

  test("another release, or the BTF of another one, is refused", () => {
    const { module, btf } = found as KeptBpfKernel;
    expect(() => createBpfKernel({ module, btf, release: "6.1" })).toThrow(BpfModuleError);
    expect(() => createBpfKernel({ module, btf: btf.subarray(0, 100), release })).toThrow(
      "the module does not accept the BTF",
    );
    const other = kept(release === "6.12" ? "7.3" : "6.12");
    if (typeof other === "string") return;
    expect(() => createBpfKernel({ module, btf: other.btf, release })).toThrow(
      "the BTF is of another release than the module",
    );
  });
});
