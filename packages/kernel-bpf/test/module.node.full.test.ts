// SPDX-License-Identifier: GPL-2.0-only
// What a module that was built answers. `npm run kernel-bpf -- build` builds it.
import {
  BpfError,
  createMap,
  createToken,
  delegateBpffs,
  dropCapabilities,
  KernelLog,
  loadProgram,
  raw,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import { BAD_ADDRESS, BPF_F, Errno, O } from "@bpf-token/uapi";
import { beforeEach, describe, expect, test } from "vitest";
import { type BpfKernel, BpfKernelTrap, BpfModuleError, createBpfKernel } from "../src/index.ts";
import {
  BpfKernelMissingError,
  bpfKernelReleases,
  type KeptBpfKernel,
  readBpfKernel,
} from "../src/node/index.ts";
import { insns } from "./insns.ts";

function kept(release: string): KeptBpfKernel | string {
  try {
    return readBpfKernel(release);
  } catch (error) {
    if (error instanceof BpfKernelMissingError) return error.message;
    throw error;
  }
}

const exit = [0x95, 0, 0, 0] as const;
const pass = insns([0xb7, 0, 0, 2], exit);
/** r0 = r10: the address of the stack. */
const leak = insns([0xbf, 0xa0, 0, 0], exit);
/** Reads a byte of the packet without a check of its end. */
const unchecked = insns([0x61, 0x12, 0, 0], [0x71, 0x20, 0, 0], exit);

const GETPID = 39;
const MMAP = 9;
const PIPE2 = 293;
const OPENAT = 257;
const encoder = new TextEncoder();
const AT_FDCWD = -100;
const O_WRONLY = 1;
const O_DIRECTORY = 0o200000;
const O_CLOEXEC = 0o2000000;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWUTS = 0x4000000;
const CLONE_NEWUSER = 0x10000000;

/** The attribute of a small array map. */
function smallArray(): Uint8Array {
  const attr = new Uint8Array(72);
  const view = new DataView(attr.buffer);
  for (const [i, value] of [2, 4, 4, 1].entries()) view.setUint32(4 * i, value, true);
  return attr;
}

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
    const again = kernel.createChild();
    expect(again.pid).toBe(child.pid);
    expect(again.closed).toBe(false);
  });

  test("a fork has its own credentials, file descriptors and root", () => {
    const { init } = kernel;
    const child = init.fork();
    expect(child.syscall(GETPID)).toBe(child.pid);
    expect(raw.setresuid(child, 1000, 1000, 1000)).toBe(0);
    expect(raw.setresuid(child, 0, 0, 0)).toBe(-Errno.EPERM);
    expect(raw.setresuid(init, 0, 0, 0)).toBe(0);
    const fd = raw.openat(init, AT_FDCWD, "/tmp", O_DIRECTORY, 0);
    expect(raw.close(child, fd)).toBe(-Errno.EBADF);
    expect(raw.chdir(child, "/tmp")).toBe(0);
    expect(raw.openat(init, AT_FDCWD, "proc", O_DIRECTORY, 0)).toBeGreaterThan(fd);
    expect(raw.openat(child, AT_FDCWD, "proc", O_DIRECTORY, 0)).toBe(-Errno.ENOENT);
    expect(kernel.warnings()).toBe(0);
  });

  test("a parent waits for its own children only, and a task ends once", () => {
    const { init } = kernel;
    const child = init.fork();
    const grandchild = child.fork();
    grandchild.exit(7);
    expect(init.wait(grandchild)).toBe(-Errno.ECHILD);
    expect(init.wait(child)).toBe(-Errno.ECHILD);
    expect(child.wait(grandchild)).toBe(7);
    expect(child.wait(grandchild)).toBe(-Errno.ECHILD);
    expect(() => grandchild.syscall(GETPID)).toThrow(UseAfterCloseError);
    expect(() => init.exit()).toThrow(RangeError);
    child.close();
    child.close();
    expect(child.closed).toBe(true);
  });

  test("a file passes between tasks, and exec closes what has CLOEXEC", () => {
    const { init } = kernel;
    const child = init.fork();
    const fd = raw.openat(init, AT_FDCWD, "/tmp", O_DIRECTORY | O_CLOEXEC, 0);
    const there = init.sendFd(fd, child);
    expect(raw.fchdir(child, there)).toBe(0);
    expect(init.sendFd(999, child)).toBe(-Errno.EBADF);
    expect(init.exec()).toBe(0);
    expect(raw.fchdir(init, fd)).toBe(-Errno.EBADF);
    expect(raw.fchdir(child, there)).toBe(0);
  });

  test("user namespaces, id maps and /proc are the kernel's", () => {
    const manager = kernel.init.fork();
    const child = manager.fork();
    const owner = child.openNamespace("user", manager);
    expect(owner).toBeGreaterThan(2);
    expect(raw.unshare(child, CLONE_NEWUSER)).toBe(0);
    expect(raw.setns(child, owner, CLONE_NEWUSER)).toBe(-Errno.EPERM);
    const map = raw.openat(manager, AT_FDCWD, `/proc/${child.pid}/uid_map`, O_WRONLY, 0);
    const text = new TextEncoder().encode("0 1000 1\n");
    expect(raw.write(manager, map, text, text.length)).toBe(text.length);
    const again = raw.openat(manager, AT_FDCWD, `/proc/${child.pid}/uid_map`, O_WRONLY, 0);
    expect(raw.write(manager, again, text, text.length)).toBe(-Errno.EPERM);
    const namespace = manager.openNamespace("user", child);
    expect(raw.setns(manager, namespace, CLONE_NEWUSER)).toBe(0);
    expect(() => raw.unshare(manager, CLONE_NEWUTS)).toThrow(
      "not modelled by the bpf backend: unshare",
    );
    expect(manager.syscall(GETPID)).toBe(manager.pid);
  });

  test("a task writes the sysctl", () => {
    const name = "kernel.unprivileged_bpf_disabled";
    expect(kernel.readSysctl(name)).toBe(2);
    const child = kernel.init.fork();
    expect(raw.setresuid(child, 1000, 1000, 1000)).toBe(0);
    expect(kernel.writeSysctl(child, name, 0)).toBe(-Errno.EACCES);
    expect(kernel.writeSysctl(kernel.init, name, 3)).toBe(-Errno.EINVAL);
    expect(kernel.writeSysctl(kernel.init, name, 0)).toBe(0);
    expect(kernel.readSysctl(name)).toBe(0);
    expect(raw.bpf(child, 0, smallArray(), 72)).toBeGreaterThan(0);
  });

  test("a call that the module does not have leaves the kernel usable", () => {
    expect(() => kernel.init.syscall(MMAP, 0, 4096, 1, 1, 0, 0)).toThrow("bpf backend: mmap");
    loadProgram(kernel.init, { type: "XDP", insns: pass }).close();
  });

  test("tasks leak nothing", () => {
    const live = () => {
      const child = kernel.init.fork();
      raw.unshare(child, CLONE_NEWUSER | CLONE_NEWNS);
      const grandchild = child.fork();
      grandchild.exec();
      grandchild.close();
      child.close();
      kernel.settle();
      return kernel.live();
    };
    live();
    const before = live();
    for (let i = 0; i < 50; i++) live();
    expect(live()).toBe(before);
    expect(kernel.warnings()).toBe(0);
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

  test("a task whose parent has exited can unshare, and so can its child", () => {
    const parent = kernel.init.fork();
    const orphan = parent.fork();
    parent.exit();
    const child = orphan.fork();
    for (const task of [orphan, child]) expect(raw.unshare(task, CLONE_NEWUSER)).toBe(0);
    child.exit();
    expect(orphan.wait(child)).toBe(0);
    orphan.exit();
    expect(kernel.init.wait(orphan)).toBe(-Errno.ECHILD);
  });

  test("lists the open files of a task", () => {
    const { init } = kernel;
    const before = kernel.openFds(init).map(({ fd }) => fd);
    const map = createMap(init, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 });
    const program = loadProgram(init, { type: "XDP", insns: pass });
    const context = raw.fsopen(init, encoder.encode("bpf\0"), 1);
    const root = init.syscall(OPENAT, -100, encoder.encode("/\0"), O.RDONLY | O.PATH, 0);
    const user = init.openNamespace("user");
    const found = kernel.openFds(init).filter(({ fd }) => !before.includes(fd));
    expect(found).toEqual([
      { fd: map.fd, kind: "map", cloexec: true, path: false },
      { fd: program.fd, kind: "prog", cloexec: true, path: false },
      { fd: context, kind: "fscontext", cloexec: true, path: false },
      { fd: root, kind: "dir", cloexec: false, path: true },
      { fd: user, kind: "userns", cloexec: true, path: false },
    ]);
    const child = init.fork();
    child.exec();
    expect(kernel.openFds(child).filter(({ cloexec }) => cloexec)).toEqual([]);
    expect(kernel.openFds(child).some(({ fd }) => fd === root)).toBe(true);
    child.exit();
    expect(() => kernel.openFds(child)).toThrow(UseAfterCloseError);
    map.close();
    program.close();
  });

  test("what is out of reach names itself", () => {
    expect(() => kernel.init.syscall(PIPE2, new Uint8Array(8), 0)).toThrow(
      "not modelled by the bpf backend: pipe2",
    );
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
