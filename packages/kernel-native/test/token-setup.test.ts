// SPDX-License-Identifier: MIT
import {
  BpfError,
  bpf,
  createMap,
  createToken,
  delegateBpffs,
  dropCapabilities,
  fdinfo,
  fsopen,
  loadProgram,
  mounts,
  raiseCapabilities,
  setOption,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, useKernels } from "./native.ts";

/** `r0 = 0; exit`. */
const program = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
const hash = { type: "HASH", keySize: 4, valueSize: 4, maxEntries: 1 } as const;
const delegation = {
  delegate_cmds: "map_create:prog_load",
  delegate_maps: "hash",
  delegate_progs: "xdp",
  delegate_attachs: "xdp",
};

function errorOf(act: () => unknown): BpfError {
  try {
    act();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error("the call was not refused");
}

describeNative("token setup (MN-04)", () => {
  const open = useKernels();

  function delegated() {
    const kernel = open();
    const container = kernel.init.fork();
    unshare(container, "user", "mnt");
    writeIdMaps(container);
    return { kernel, container, root: delegateBpffs(container, kernel.init, delegation) };
  }

  test("a container creates what was delegated, and nothing else", () => {
    const { container, root } = delegated();
    expect(errorOf(() => createMap(container, hash)).code).toBe("EPERM");
    const token = createToken(container, root);
    expect(createMap(container, { ...hash, token }).fd).toBeGreaterThan(token.fd);
    expect(errorOf(() => createMap(container, { ...hash, type: "ARRAY", token })).code).toBe(
      "EPERM",
    );
    const xdp = { type: "XDP", attach: "XDP", insns: program, token } as const;
    expect(loadProgram(container, xdp).kind).toBe("prog");
    expect(errorOf(() => loadProgram(container, { ...xdp, type: "KPROBE" })).code).toBe("EPERM");
  });

  test("without CAP_BPF in its namespace the container creates nothing with the token", () => {
    const { container, root } = delegated();
    const token = createToken(container, root);
    const caps = ["BPF", "PERFMON", "NET_ADMIN", "SYS_ADMIN"] as const;
    dropCapabilities(container, ...caps);
    expect(errorOf(() => createMap(container, { ...hash, token })).code).toBe("EPERM");
    raiseCapabilities(container, ...caps);
    expect(createMap(container, { ...hash, token }).kind).toBe("map");
  });

  test("the container cannot delegate to itself", () => {
    const kernel = open();
    const container = kernel.init.fork();
    unshare(container, "user", "mnt");
    const context = fsopen(container);
    expect(errorOf(() => setOption(container, context, "delegate_cmds", "any")).code).toBe("EPERM");
  });

  test("fdinfo shows the masks in the kernel's format", () => {
    const { container, root } = delegated();
    const text = fdinfo(container, createToken(container, root));
    expect(text).toContain("allowed_cmds:\t0x21\n");
    expect(text).toContain("allowed_maps:\t0x2\n");
    expect(text).toContain("allowed_progs:\t0x40\n");
  });

  test("the token gets the lowest free fd, with CLOEXEC", () => {
    const { kernel, container, root } = delegated();
    const before = kernel.openFds(container);
    expect(before.map(({ fd, kind }) => [fd, kind])).toEqual([
      [0, "null"],
      [1, "null"],
      [2, "null"],
      [root.fd, "dir"],
    ]);
    const token = createToken(container, root);
    expect(token.fd).toBe(3);
    expect(kernel.openFds(container).find(({ fd }) => fd === token.fd)).toEqual({
      fd: 3,
      kind: "token",
      cloexec: true,
      path: false,
    });
  });

  test("a token for the initial user namespace is refused", () => {
    const { init } = open();
    const root = delegateBpffs(init, init, delegation);
    expect(errorOf(() => createToken(init, root)).code).toBe("EOPNOTSUPP");
  });

  test("the sandbox root has no mount of the host", () => {
    const { init } = open();
    expect(mounts(init)).toMatch(/^tmpfs \/ tmpfs [^\n]*\nproc \/proc proc [^\n]*\n$/);
  });

  test("raw calls return the kernel's numbers", () => {
    const { init } = open();
    expect(bpf(init, "TOKEN_CREATE", { bpffs_fd: (-1 as number) >>> 0 })).toBe(-Errno.EBADF);
    expect(bpf(init, "TOKEN_CREATE", { flags: 1 })).toBe(-Errno.EINVAL);
    expect(bpf(init, "TOKEN_CREATE", {}, 4097)).toBe(-Errno.E2BIG);
  });
});
