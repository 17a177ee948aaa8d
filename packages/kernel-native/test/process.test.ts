// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { bpf, createMap, NotModelledError, raw } from "@bpf-token/syscall";
import { AttachType, BAD_ADDRESS, BpfCmd, Errno, O, syscallByName } from "@bpf-token/uapi";
import { afterEach, describe, expect, test } from "vitest";
import { NativeUnavailableError } from "../src/index.ts";
import { findAddon, load } from "../src/process/addon.ts";
import type { CurrentTask } from "../src/process/current-task.ts";
import { currentTask } from "../src/process/current-task.ts";
import { describeNative } from "./native.ts";

const { MAP_LOOKUP_ELEM, MAP_UPDATE_ELEM } = BpfCmd;
const KEY = 8;
const VALUE = 16;

describe("without an addon", () => {
  test.each([
    ["darwin", "arm64", "it needs Linux 6.9 or newer, and this is darwin"],
    ["win32", "x64", "it needs Linux 6.9 or newer, and this is win32"],
    ["linux", "ia32", "its addon is built for x64 and arm64, and this is ia32"],
  ])("%s on %s is refused with a reason", (platform, arch, why) => {
    expect(() => load(platform, arch)).toThrow(NativeUnavailableError);
    expect(() => load(platform, arch)).toThrow(why);
  });

  test("a missing or invalid file is refused, with a fix", () => {
    const before = process.env.BPF_TOKEN_ADDON;
    try {
      process.env.BPF_TOKEN_ADDON = "/nowhere.node";
      expect(() => load("linux", "x64")).toThrow("run 'npm run tool build:addon'");
      process.env.BPF_TOKEN_ADDON = "/proc/version";
      expect(() => load("linux", "x64")).toThrow("its addon does not load: ");
    } finally {
      if (before === undefined) delete process.env.BPF_TOKEN_ADDON;
      else process.env.BPF_TOKEN_ADDON = before;
    }
  });
});

const fds: number[] = [];
afterEach(() => {
  for (const fd of fds.splice(0)) raw.close(currentTask(), fd);
});

/** An array with one value of 8 bytes. */
function array(task: CurrentTask, flags = 0): number {
  const map = createMap(task, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1, flags });
  fds.push(map.release());
  return fds.at(-1) as number;
}

function attrFor(fd: number): Uint8Array {
  const attr = new Uint8Array(32);
  new DataView(attr.buffer).setUint32(0, fd, true);
  return attr;
}

describeNative("currentTask()", () => {
  test("makes the typed calls", () => {
    const task = currentTask();
    const map_fd = array(task);
    const key = new Uint8Array(4);
    expect(
      bpf(task, "MAP_UPDATE_ELEM", { map_fd, key, value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }),
    ).toBe(0);
    const value = new Uint8Array(8);
    expect(bpf(task, "MAP_LOOKUP_ELEM", { map_fd, key, value })).toBe(0);
    expect([...value]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(bpf(task, "MAP_LOOKUP_ELEM", { map_fd: 999_999, key, value })).toBe(-Errno.EBADF);
    expect(raw.getpid(task)).toBe(process.pid);
  });

  test("bpf() leaves the attribute unchanged, so no address is visible", () => {
    const task = currentTask();
    const attr = attrFor(array(task));
    attr.fill(0xa5, KEY, VALUE + 8);
    const before = attr.slice();
    const key = new Uint8Array(4);
    expect(task.bpf(MAP_UPDATE_ELEM, attr, KEY, key, VALUE, new Uint8Array(8).fill(7))).toBe(0);
    const value = new Uint8Array(8);
    expect(task.bpf(MAP_LOOKUP_ELEM, attr, KEY, key, VALUE, value)).toBe(0);
    expect(value).toEqual(new Uint8Array(8).fill(7));
    expect(attr).toEqual(before);
  });

  test("memory that is too short faults, and the bytes after it are not touched", () => {
    const task = currentTask();
    const attr = attrFor(array(task));
    const around = new Uint8Array(64).fill(0xee);
    const short = around.subarray(16, 23);
    expect(task.bpf(MAP_LOOKUP_ELEM, attr, KEY, new Uint8Array(4), VALUE, short)).toBe(
      -Errno.EFAULT,
    );
    expect(task.bpf(MAP_LOOKUP_ELEM, attr, KEY, new Uint8Array(3), VALUE, new Uint8Array(8))).toBe(
      -Errno.EFAULT,
    );
    expect(around.filter((byte, i) => byte !== 0xee && (i < 16 || i >= 23))).toHaveLength(0);
    const mem = { bytes: attr, pointers: [{ offset: KEY, to: BAD_ADDRESS }] } as const;
    expect(task.syscall(syscallByName.bpf.nr, MAP_LOOKUP_ELEM, mem, 32)).toBe(-Errno.EFAULT);
    expect(task.syscall(syscallByName.bpf.nr, MAP_LOOKUP_ELEM, BAD_ADDRESS, 32)).toBe(
      -Errno.EFAULT,
    );
    expect(task.syscall(syscallByName.bpf.nr, MAP_LOOKUP_ELEM, attr, 33)).toBe(-Errno.EFAULT);
  });

  test("a refusal stays unexplained, because the setup was not recorded", () => {
    const task = currentTask();
    const wrong = { type: "ARRAY", keySize: 3, valueSize: 8, maxEntries: 1 } as const;
    expect(() => createMap(task, wrong)).toThrow(
      expect.objectContaining({
        message: "bpf(BPF_MAP_CREATE): EINVAL",
        refusal: undefined,
        unexplained: {
          reason: expect.stringMatching(/not recorded, .* Fix: write them as a scenario/),
        },
      }),
    );
  });

  test("accepts large memory", () => {
    const task = currentTask();
    const options = { type: "HASH", keySize: 4, valueSize: 300_000, maxEntries: 2 } as const;
    const map_fd = createMap(task, options).release();
    fds.push(map_fd);
    const key = new Uint8Array(4);
    const value = new Uint8Array(300_000).map((_, i) => i % 251);
    expect(bpf(task, "MAP_UPDATE_ELEM", { map_fd, key, value })).toBe(0);
    const back = new Uint8Array(300_000);
    expect(task.bpf(MAP_LOOKUP_ELEM, attrFor(map_fd), KEY, key, VALUE, back)).toBe(0);
    expect(back).toEqual(value);
  });

  test("refuses numbers as pointers", () => {
    const task = currentTask();
    const attr = attrFor(array(task));
    attr[VALUE + 5] = 1;
    const value = new Uint8Array(8);
    const key = new Uint8Array(4);
    const number = "bpf(MAP_LOOKUP_ELEM): 'value' is a pointer. Fix: pass memory, not a number";
    expect(() => task.bpf(MAP_LOOKUP_ELEM, attr, KEY, key)).toThrow(number);
    expect(() => raw.bpf(task, MAP_LOOKUP_ELEM, attr, 32)).toThrow(number);
    attr.fill(0, VALUE);
    const none = (at: number): string =>
      `bpf(MAP_LOOKUP_ELEM): no pointer at byte ${at} (pointers: key at 8, value at 16)`;
    for (const at of [-8, 0, 4, 9, 24, 25, 32, 2 ** 32 + 8, Number.NaN]) {
      expect(() => task.bpf(MAP_LOOKUP_ELEM, attr, at, value)).toThrow(none(at));
    }
    expect(() => task.bpf(MAP_LOOKUP_ELEM, attr.subarray(0, 20), VALUE, value)).toThrow(none(16));
    expect(() => task.bpf(MAP_LOOKUP_ELEM, attr, KEY, key, KEY, key)).toThrow("two pointers");
    expect(() => task.bpf(9999, attr, KEY, key)).toThrow("bpf(9999): no pointer at byte 8");
  });

  test("knows the pointers of LINK_CREATE by attach type", () => {
    const task = currentTask();
    const link = (type: keyof typeof AttachType): Uint8Array => {
      const attr = new Uint8Array(64);
      new DataView(attr.buffer).setUint32(8, AttachType[type], true);
      return attr;
    };
    const { LINK_CREATE } = BpfCmd;
    const memory = new Uint8Array(16);
    // The cookie overlaps a pointer of other attach types. With an invalid fd the kernel stops
    // early.
    const cookie = link("TRACE_FENTRY");
    cookie.fill(0xff, 24, 32);
    new DataView(cookie.buffer).setInt32(0, -1, true);
    expect(task.bpf(LINK_CREATE, cookie)).toBe(-Errno.EBADF);
    const none = "bpf(LINK_CREATE): no pointer at byte 16 (pointers: none)";
    expect(() => task.bpf(LINK_CREATE, cookie, 16, memory)).toThrow(none);
    const symbols = link("TRACE_KPROBE_MULTI");
    symbols.fill(0xff, 24, 32);
    const number = "'kprobe_multi.syms' is a pointer. Fix: pass memory, not a number";
    expect(() => task.bpf(LINK_CREATE, symbols)).toThrow(number);
    const iterator = link("TRACE_ITER");
    new DataView(iterator.buffer).setInt32(0, -1, true);
    iterator[24] = memory.length;
    expect(task.bpf(LINK_CREATE, iterator, 16, memory)).toBe(-Errno.EBADF);
    iterator[16] = 1;
    expect(() => task.bpf(LINK_CREATE, iterator)).toThrow("'iter_info' is a pointer");
    const prepared = task.prepareBpf(LINK_CREATE, 64, [16, 8], [24, 8], [32, 8], [40, 8]);
    expect(() => prepared.run()).toThrow("no pointer at byte 16");
  });

  test("refuses memory that can disappear", () => {
    const task = currentTask();
    const attr = attrFor(array(task));
    const gone = new Uint8Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    const soft = new Uint8Array(
      new (ArrayBuffer as new (n: number, o: object) => ArrayBuffer)(8, { maxByteLength: 16 }),
    );
    const key = new Uint8Array(4);
    for (const [bytes, why] of [
      [gone, "detached"],
      [soft, "is resizable"],
    ] as const) {
      expect(() => task.bpf(MAP_LOOKUP_ELEM, attr, KEY, key, VALUE, bytes)).toThrow(why);
      expect(() => task.bpf(MAP_LOOKUP_ELEM, bytes)).toThrow(why);
      const pointers = [{ offset: VALUE, to: bytes }];
      expect(() => raw.bpf(task, MAP_LOOKUP_ELEM, { bytes: attr, pointers }, 32)).toThrow(why);
    }
    for (const none of [undefined, null, "x", {}, new Uint16Array(4)] as unknown[]) {
      const bytes = none as Uint8Array;
      expect(() => task.bpf(MAP_LOOKUP_ELEM, attr, KEY, bytes)).toThrow(TypeError);
    }
  });

  test("refuses calls that would change the process", () => {
    const task = currentTask();
    expect(() => task.fork()).toThrow(NotModelledError);
    expect(() => raw.unshare(task, 0x1000_0000)).toThrow("process backend: unshare");
    expect(() => raw.setresuid(task, 1, 1, 1)).toThrow(NotModelledError);
    expect(() => task.openNamespace()).toThrow(NotModelledError);
    expect(() => task.kernel.writeSysctl(task, "kernel.unprivileged_bpf_disabled")).toThrow(
      NotModelledError,
    );
  });

  test("opens files, but not through the links of /proc", () => {
    const task = currentTask();
    const AT_FDCWD = -100;
    const fd = raw.openat(task, AT_FDCWD, "/proc/self/stat", O.RDONLY | O.CLOEXEC, 0);
    const text = new Uint8Array(64);
    expect(raw.read(task, fd, text, 64)).toBe(64);
    expect(new TextDecoder().decode(text)).toMatch(new RegExp(`^${process.pid} \\(`));
    const link = `/proc/self/fd/${fd}`;
    expect(raw.openat(task, AT_FDCWD, link, O.RDONLY, 0)).toBe(-Errno.ELOOP);
    expect(raw.close(task, fd)).toBe(0);
    expect(raw.close(task, fd)).toBe(-Errno.EBADF);
  });
});

describeNative("a prepared call", () => {
  test("answers as other calls do, in place, and shows no address", () => {
    const task = currentTask();
    const fd = array(task);
    const update = task.prepareBpf(MAP_UPDATE_ELEM, 32, [KEY, 4], [VALUE, 8]);
    const lookup = task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, 4], [VALUE, 8]);
    for (const { attr } of [update, lookup]) attr.set(attrFor(fd));
    update.memory[1]?.fill(9);
    expect([lookup.run(), lookup.memory[1]?.[0]]).toEqual([0, 0]);
    expect([update.run(), lookup.run(), lookup.memory[1]?.[0]]).toEqual([0, 0, 9]);
    lookup.memory[0]?.fill(1);
    expect(lookup.run()).toBe(-Errno.ENOENT);
    expect(lookup.attr).toEqual(attrFor(fd));
  });

  test("faults after the last segment, and checks pointers without memory", () => {
    const task = currentTask();
    const fd = array(task);
    const short = task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, 4], [VALUE, 7]);
    short.attr.set(attrFor(fd));
    expect(short.run()).toBe(-Errno.EFAULT);
    const half = task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, 4]);
    half.attr.set(attrFor(fd));
    expect(half.run()).toBe(-Errno.EFAULT);
    half.attr[VALUE] = 1;
    expect(() => half.run()).toThrow("'value' is a pointer");
  });

  test("may have the maximum memory, and faults after it", () => {
    const task = currentTask();
    const valueSize = 64_900;
    const fd = createMap(task, { type: "ARRAY", keySize: 4, valueSize, maxEntries: 1 }).release();
    const whole = task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, 4], [VALUE, valueSize]);
    const less = task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, 4], [VALUE, valueSize - 1]);
    for (const { attr } of [whole, less]) attr.set(attrFor(fd));
    expect([whole.run(), less.run()]).toEqual([0, -Errno.EFAULT]);
    expect(raw.close(task, fd)).toBe(0);
  });

  test("refuses invalid sizes and places", () => {
    const task = currentTask();
    expect(() => task.prepareBpf(MAP_LOOKUP_ELEM, 32, [4, 4])).toThrow("no pointer at byte 4");
    for (const bytes of [65_000, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, bytes])).toThrow(RangeError);
    }
    expect(() => task.prepareBpf(MAP_LOOKUP_ELEM, 32, [KEY, -1])).toThrow();
    expect(() => task.prepareBpf(MAP_LOOKUP_ELEM, -1)).toThrow(RangeError);
  });

  test("is freed by the garbage collector", () => {
    const found = findAddon(process.platform, process.arch);
    const code = `
      const addon = require(${JSON.stringify("path" in found ? found.path : "")});
      const stretches = () => require("node:fs").readFileSync("/proc/self/maps", "utf8").split("\\n").length;
      const before = stretches();
      for (let i = 0; i < 500; i++) addon.prepare(1, 32, 8, 4, 16, 8);
      const made = stretches();
      gc();
      setTimeout(() => (gc(), setTimeout(() => console.log(before, made, stretches()), 50)), 50);
    `;
    const run = spawnSync(process.execPath, ["--expose-gc", "-e", code], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    const [before = 0, made = 0, after = 0] = run.stdout.split(" ").map(Number);
    expect(made - before).toBeGreaterThan(1000);
    expect(after - before).toBeLessThan(100);
  });
});
