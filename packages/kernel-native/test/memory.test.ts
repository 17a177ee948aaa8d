// SPDX-License-Identifier: MIT
import { bpf, NotModelledError, raw } from "@bpf-token/syscall";
import { BAD_ADDRESS, BpfCmd, Errno, type Mem } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, useKernels } from "./native.ts";

const AT_FDCWD = -100;

/** Size in bytes of a MAP_CREATE attribute, which creates an array with one 4-byte value. */
function mapAttr(size: number): Uint8Array {
  const attr = new Uint8Array(size);
  attr.set([2, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1]);
  return attr;
}

describeNative("memory of calls on the running kernel", () => {
  const open = useKernels();

  test("the kernel's writes are copied back into that memory only", () => {
    const { init } = open();
    const buffer = new Uint8Array(16).fill(0xaa);
    expect(raw.pipe2(init, buffer.subarray(4, 12), 0)).toBe(0);
    expect([...buffer]).toEqual([
      ...Array(4).fill(0xaa),
      3,
      0,
      0,
      0,
      4,
      0,
      0,
      0,
      ...Array(4).fill(0xaa),
    ]);
  });

  test("read-only memory is not copied back", () => {
    const { init } = open();
    const bytes = new Uint8Array(8).fill(0xaa);
    expect(raw.pipe2(init, { bytes, dir: "in" }, 0)).toBe(0);
    expect([...bytes]).toEqual(Array(8).fill(0xaa));
  });

  test.each([0, 1, 7, 8, 4095, 4096, 4097, 8192, 8193, 70_000])(
    "the byte after %i bytes faults, the last one does not",
    (size) => {
      const { init } = open();
      const fds = new Int32Array(2);
      raw.pipe2(init, new Uint8Array(fds.buffer), 0);
      const fd = raw.memfd_create(init, "m", 0);
      const data = new Uint8Array(size).map((_, i) => i * 7);
      expect(raw.write(init, fd, data, size)).toBe(size);
      // A file read before the hole returns the bytes that fit; a bpf() command needs all of its
      // memory.
      expect(raw.write(init, fd, new Uint8Array(size), size + 1)).toBe(
        size === 0 ? -Errno.EFAULT : size,
      );
      const back = new Uint8Array(size);
      raw.lseek(init, fd, 0, 0);
      expect(raw.read(init, fd, back, size)).toBe(size);
      expect(back).toEqual(data);
    },
  );

  test("an attribute one byte short of its size is EFAULT, at any size", () => {
    const { init } = open();
    const attr = mapAttr(72);
    expect(raw.bpf(init, BpfCmd.MAP_CREATE, attr, 72)).toBe(3);
    for (let size = 16; size <= 72; size++) {
      expect(raw.bpf(init, BpfCmd.MAP_CREATE, attr.subarray(0, size - 1), size)).toBe(
        -Errno.EFAULT,
      );
    }
  });

  test("a string without a NUL is EFAULT; one with a NUL in the last byte is not", () => {
    const { init } = open();
    const bytes = new TextEncoder().encode("/tmp");
    expect(raw.openat(init, AT_FDCWD, bytes, 0, 0)).toBe(-Errno.EFAULT);
    expect(raw.openat(init, AT_FDCWD, "/tmp", 0, 0)).toBe(3);
    expect(raw.fsopen(init, bytes, 0)).toBe(-Errno.EFAULT);
  });

  test("NULL and BAD_ADDRESS fault in every argument", () => {
    const { init } = open();
    for (const bad of [null, BAD_ADDRESS] as const) {
      expect(raw.bpf(init, BpfCmd.TOKEN_CREATE, bad, 8)).toBe(-Errno.EFAULT);
      expect(raw.openat(init, AT_FDCWD, bad, 0, 0)).toBe(-Errno.EFAULT);
      expect(raw.pipe2(init, bad, 0)).toBe(-Errno.EFAULT);
    }
    // With size 0 every field is 0, and fd 0 is open on /dev/null.
    expect(raw.bpf(init, BpfCmd.TOKEN_CREATE, null, 0)).toBe(-Errno.EINVAL);
  });

  test("a number as a pointer does not reach the executor's memory", () => {
    const { init } = open();
    // The usual address of a program that is not position-independent, and the page after it.
    for (let address = 0x400000; address < 0x500000; address += 0x1000) {
      const attr = new Uint8Array(16);
      new DataView(attr.buffer).setUint32(0, address, true);
      expect(raw.bpf(init, BpfCmd.OBJ_GET, attr, attr.length)).toBe(-Errno.EFAULT);
    }
  });

  test("pointers inside memory are filled in for the call, and the caller's bytes stay unchanged", () => {
    const { init } = open();
    const map = raw.bpf(init, BpfCmd.MAP_CREATE, mapAttr(72), 72);
    const key = new Uint8Array(4);
    const value = Uint8Array.of(1, 2, 3, 4);
    expect(bpf(init, "MAP_UPDATE_ELEM", { map_fd: map, key, value })).toBe(0);
    const read = new Uint8Array(4);
    expect(bpf(init, "MAP_LOOKUP_ELEM", { map_fd: map, key, value: read })).toBe(0);
    expect([...read]).toEqual([1, 2, 3, 4]);
    expect(bpf(init, "MAP_LOOKUP_ELEM", { map_fd: map, key, value: BAD_ADDRESS })).toBe(
      -Errno.EFAULT,
    );
    const slots: Mem = {
      bytes: new Uint8Array(32),
      pointers: [
        { offset: 8, to: key },
        { offset: 16, to: read },
      ],
    };
    slots.bytes[0] = map;
    expect(raw.bpf(init, BpfCmd.MAP_LOOKUP_ELEM, slots, 32)).toBe(0);
    expect(slots.bytes.subarray(8, 24).every((byte) => byte === 0)).toBe(true);
  });

  test("a mebibyte in and out, and the maximum number of segments", () => {
    const { init } = open();
    const fd = raw.memfd_create(init, "m", 0);
    const data = new Uint8Array(1 << 20).map((_, i) => i ^ (i >> 8));
    expect(raw.write(init, fd, data, data.length)).toBe(data.length);
    raw.lseek(init, fd, 0, 0);
    const back = new Uint8Array(1 << 20);
    expect(raw.read(init, fd, back, back.length)).toBe(back.length);
    expect(Buffer.compare(back, data)).toBe(0);
    const many: Mem = {
      bytes: new Uint8Array(8 * 40),
      pointers: Array.from({ length: 40 }, (_, i) => ({ offset: 8 * i, to: `piece ${i}` })),
    };
    expect(raw.write(init, fd, many, many.bytes.length)).toBe(many.bytes.length);
  });

  test("more than the executor accepts is a RangeError with the limit", () => {
    const { init } = open();
    const big = new Uint8Array(32 << 20);
    expect(() => raw.write(init, 0, big, big.length)).toThrow(RangeError);
    expect(() => raw.write(init, 0, big, big.length)).toThrow(
      "write: a call on the native backend has at most 32 MiB of memory",
    );
    const pointers = Array.from({ length: 1100 }, (_, i) => ({ offset: 8 * i, to: `${i}` }));
    const many = { bytes: new Uint8Array(8 * 1100), pointers };
    expect(() => raw.write(init, 0, many, 8)).toThrow("at most 1024 segments of memory");
    expect(raw.getpid(init)).toBe(init.pid);
  });

  test("numbers of every size arrive unchanged", () => {
    const { init } = open();
    const fd = raw.memfd_create(init, "m", 0);
    for (const offset of [0, 1, 2 ** 31, 2 ** 32 + 5, 2 ** 40 - 1, 2n ** 42n]) {
      expect(raw.lseek(init, fd, offset, 0)).toBe(Number(offset));
    }
    expect(raw.lseek(init, fd, -1, 0)).toBe(-Errno.EINVAL);
    raw.lseek(init, fd, 2 ** 33, 0);
    expect(raw.lseek(init, fd, -(2 ** 32) - 3, 1)).toBe(2 ** 32 - 3);
    expect(raw.close(init, -1)).toBe(-Errno.EBADF);
    expect(raw.close(init, 2 ** 31)).toBe(-Errno.EBADF);
  });

  test("mmap returns 0 and leaves nothing mapped", () => {
    const { init } = open();
    // Half of the address space: a second mapping of this size would not fit.
    for (let i = 0; i < 3; i++) expect(raw.mmap(init, 0, 2 ** 46, 3, 0x4022, -1, 0)).toBe(0);
    expect(raw.mmap(init, 0, 4096, 3, 1, 0, 0)).toBe(-Errno.ENODEV);
    expect(raw.mmap(init, 0, 0, 3, 0x22, -1, 0)).toBe(-Errno.EINVAL);
  });

  test("a call that is not in the table throws with its number and does not reach the executor", () => {
    const { init } = open();
    expect(() => init.syscall(169, 0)).toThrow(NotModelledError);
    expect(() => init.syscall(169, 0)).toThrow("not modelled by the native backend: syscall 169");
  });
});
