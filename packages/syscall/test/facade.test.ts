// SPDX-License-Identifier: MIT
import { Errno, syscallByName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  BpfError,
  bpf,
  createMap,
  createToken,
  delegateBpffs,
  dropCapabilities,
  type FlatCall,
  getCapabilities,
  loadProgram,
  OwnedFd,
  type Refusal,
  raw,
  readFile,
  type TraceEvent,
  tokenInfo,
  traced,
  UseAfterCloseError,
  writeIdMaps,
} from "../src/index.ts";
import { FakeKernel } from "./fake-kernel.ts";

const dropped = {
  check: "token.dropped.map" as Refusal["check"],
  where: "kernel/bpf/syscall.c: map_create",
  sentence: "the token does not allow this map type and was dropped",
  needed: "hash",
  present: "array",
};
const refusal: Refusal = {
  check: "map.create.sysctl" as Refusal["check"],
  errno: "EPERM",
  where: "kernel/bpf/syscall.c: map_create",
  sentence: "the caller has no CAP_BPF",
  needed: "CAP_BPF in user namespace #1",
  present: "none",
  certainty: "observed",
  cause: dropped,
  chain: [dropped],
};

describe("OwnedFd", () => {
  test("closes once, and does not close after release()", () => {
    const kernel = new FakeKernel(() => 0);
    const fd = OwnedFd.adopt(kernel.init, 7, "token", { syscall: "bpf" });
    expect(fd.fd).toBe(7);
    fd.close();
    fd.close();
    expect(kernel.calls.map((c) => c.call.entry.name)).toEqual(["close"]);
    expect(() => fd.fd).toThrow(UseAfterCloseError);
    expect(() => fd.fd).toThrow("fd 7 (token) is closed");

    const given = OwnedFd.adopt(kernel.init, 8, "map", { syscall: "bpf" });
    expect(given.release()).toBe(8);
    given.close();
    expect(kernel.calls).toHaveLength(1);
    expect(() => given.release()).toThrow(UseAfterCloseError);
  });

  test("does not close file descriptors after the task has ended", () => {
    const kernel = new FakeKernel(() => 0);
    const fd = OwnedFd.adopt(kernel.init, 7, "token", { syscall: "bpf" });
    kernel.init.exit();
    fd.close();
    expect(kernel.calls).toEqual([]);
  });

  test("sendTo() returns a copy that the other task owns", () => {
    const kernel = new FakeKernel(() => 0);
    const child = kernel.init.fork();
    const copy = OwnedFd.adopt(kernel.init, 7, "token", { syscall: "bpf" }).sendTo(child);
    expect([copy.task, copy.fd, copy.kind]).toEqual([child, 107, "token"]);
  });
});

describe("BpfError", () => {
  test("formats one line: call, errno, reason, and the silent decision before it", () => {
    const kernel = new FakeKernel(() => -Errno.EPERM);
    kernel.refused = refusal;
    const act = (): unknown =>
      createMap(kernel.init, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1, token: 5 });
    expect(act).toThrow(
      "bpf(BPF_MAP_CREATE): EPERM: the token does not allow this map type and was dropped " +
        "[token.dropped.map]; without the token: the caller has no CAP_BPF [map.create.sysctl]; " +
        "see checks/token.dropped.map.html",
    );
    try {
      act();
    } catch (e) {
      expect(BpfError.is(e, "EPERM")).toBe(true);
      expect(BpfError.is(e, "EINVAL")).toBe(false);
      expect(BpfError.is(e) && [e.errno, e.code, e.cmd]).toEqual([1, "EPERM", "BPF_MAP_CREATE"]);
    }
  });

  test("marks an inferred reason with a question mark", () => {
    const e = new BpfError({ syscall: "bpf" }, 1, {
      ...refusal,
      certainty: "inferred",
      cause: refusal,
      chain: [],
    });
    expect(e.message).toBe(
      "bpf: EPERM: the caller has no CAP_BPF [map.create.sysctl?]; see checks/map.create.sysctl.html",
    );
  });

  test("uses the number as code if the errno has no name", () => {
    expect(new BpfError({ syscall: "bpf" }, 4001).code).toBe("E4001");
  });
});

describe("typed calls", () => {
  test("write the token fd and its flag at the offsets of the attr of a token, a map and a program", () => {
    const kernel = new FakeKernel(() => 9);
    createToken(kernel.init, 4);
    createMap(kernel.init, { type: "STACK", keySize: 0, valueSize: 8, maxEntries: 1, token: 5 });
    loadProgram(kernel.init, { type: "XDP", attach: "XDP", insns: new Uint8Array(16), token: 5 });
    const attrs = kernel.calls.map(({ call }) => {
      const bytes = call.segments[0]?.bytes ?? new Uint8Array();
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    });
    expect(attrs.map((a) => a.byteLength)).toEqual([168, 168, 168]);
    expect(attrs[0]?.getUint32(4, true)).toBe(4);
    expect([attrs[1]?.getUint32(16, true), attrs[1]?.getInt32(76, true)]).toEqual([0x10000, 5]);
    expect([attrs[2]?.getUint32(44, true), attrs[2]?.getInt32(144, true)]).toEqual([0x10000, 5]);
    expect(kernel.calls[2]?.call.fixups.map((f) => f.offset)).toEqual([8, 16]);
  });

  test("pass an attr of the size of the kernel's union", () => {
    const kernel = new FakeKernel(() => 0, "6.12.9");
    bpf(kernel.init, "MAP_CREATE", {});
    expect(kernel.calls[0]?.call.segments[0]?.bytes).toHaveLength(152);
  });

  test("decode token info into masks, including bit 63", () => {
    const kernel = new FakeKernel((call) => {
      const info = call.segments[1]?.bytes ?? new Uint8Array(32);
      new DataView(info.buffer).setBigUint64(24, 1n << 63n, true);
      info[0] = 1;
      return 0;
    });
    expect(tokenInfo(kernel.init, 5)).toEqual({
      allowed_cmds: 1n,
      allowed_maps: 0n,
      allowed_progs: 0n,
      allowed_attachs: 1n << 63n,
    });
  });

  test("encode capabilities above 31 in the second word", () => {
    let set: Uint8Array | undefined;
    const kernel = new FakeKernel((call) => {
      const data = call.segments[1]?.bytes;
      if (call.entry.name === "capget") data?.fill(0xff, 0, 24);
      else set = data;
      return 0;
    });
    expect(getCapabilities(kernel.init).effective).toBe(2n ** 64n - 1n);
    dropCapabilities(kernel.init, "BPF", "SYS_ADMIN");
    const view = new DataView((set ?? new Uint8Array(24)).buffer);
    expect([view.getUint32(0, true), view.getUint32(12, true)]).toEqual([
      0xffffffff - 2 ** 21,
      0xffffffff - 2 ** (39 - 32),
    ]);
  });
});

/** The texts in the memory of a call. */
function textsOf({ segments }: FlatCall): readonly string[] {
  return segments.map(({ bytes }) => new TextDecoder().decode(bytes).replace(/\0.*$/s, ""));
}

describe("sequences", () => {
  test("delegateBpffs accepts names and numbers, and passes masks", () => {
    const kernel = new FakeKernel(() => 5);
    const container = kernel.init.fork();
    const maps = ["hash", 2];
    const delegation = { cmds: ["BPF_MAP_CREATE"], maps, progs: [], attachs: "any" } as const;
    delegateBpffs(container, kernel.init, delegation);
    const options = kernel.calls
      .filter(({ call }) => call.entry.name === "fsconfig")
      .map(({ call }) => textsOf(call));
    expect(options).toEqual([
      ["delegate_cmds", "0x1"],
      ["delegate_maps", "0x6"],
      ["delegate_attachs", "any"],
      [],
    ]);
  });

  test("delegateBpffs makes no call for an unknown name", () => {
    const kernel = new FakeKernel(() => 5);
    const container = kernel.init.fork();
    expect(() => delegateBpffs(container, kernel.init, { maps: ["hsah"] })).toThrow(
      "'hsah' is not a map type; did you mean 'hash'?",
    );
    expect(kernel.calls).toEqual([]);
  });

  test("delegateBpffs closes everything it opened when a call is refused", () => {
    const kernel = new FakeKernel((call) => (call.entry.name === "fsconfig" ? -1 : 5));
    const container = kernel.init.fork();
    expect(() => delegateBpffs(container, kernel.init, { delegate_cmds: "any" })).toThrow(
      "fsconfig(delegate_cmds): EPERM",
    );
    expect(kernel.calls.map((c) => [c.pid, c.call.entry.name])).toEqual([
      [2, "fsopen"],
      [1, "fsconfig"],
      [1, "close"],
      [2, "close"],
    ]);
  });

  test("readFile reads to the end and joins characters that are split between reads", () => {
    const chunks = [Uint8Array.of(0x61, 0xc3), Uint8Array.of(0xa9), new Uint8Array()];
    const kernel = new FakeKernel((call) => {
      if (call.entry.name !== "read") return 3;
      const chunk = chunks.shift() ?? new Uint8Array();
      call.segments[0]?.bytes.set(chunk);
      return chunk.length;
    });
    expect(readFile(kernel.init, "/proc/self/mounts")).toBe("aé");
    expect(kernel.calls.at(-1)?.call.entry.name).toBe("close");
  });

  test("writeIdMaps writes as the task itself or as another task", () => {
    const kernel = new FakeKernel((call) => (call.entry.name === "write" ? 5 : 3));
    const child = kernel.init.fork();
    writeIdMaps(child);
    writeIdMaps(child, {}, kernel.init);
    const paths = kernel.calls
      .filter((c) => c.call.entry.name === "openat")
      .map((c) => new TextDecoder().decode(c.call.segments[0]?.bytes.slice(0, -1)));
    expect(paths).toEqual([
      ...["setgroups", "uid_map", "gid_map"].map((f) => `/proc/self/${f}`),
      ...["setgroups", "uid_map", "gid_map"].map((f) => `/proc/${child.pid}/${f}`),
    ]);
  });
});

describe("traced", () => {
  test("reports calls and operations of all tasks, and unwraps task arguments", () => {
    const events: TraceEvent[] = [];
    const plain = new FakeKernel((call) => (call.entry.name === "bpf" ? -Errno.EPERM : 3));
    const kernel = traced(plain, (e) => events.push(e));
    const child = kernel.init.fork();
    raw.openat(child, -100, "/a", 0, 0);
    raw.bpf(child, 36, new Uint8Array(8), 8);
    child.sendFd(3, kernel.init);
    kernel.openFds(child);
    expect(events).toEqual([
      { index: 0, pid: 1, call: "fork", args: [], ret: 2 },
      { index: 1, pid: 2, call: "openat", args: ["-100", '"/a"', "0", "0"], ret: 3 },
      { index: 2, pid: 2, call: "bpf", args: ["36", "{8 bytes}", "8"], ret: -1, errno: "EPERM" },
      { index: 3, pid: 2, call: "sendFd", args: ["3", "pid 1"], ret: 103 },
    ]);
    expect(syscallByName.openat.nr).toBe(257);
  });

  test("has what the kernel has", () => {
    const files = { btf: new Uint8Array(1), config: "" };
    const plain = Object.assign(new FakeKernel(() => 0), files);
    const kernel = traced(plain, () => {});
    const { backend, features, btf, config } = plain;
    expect(kernel).toMatchObject({ backend, features, btf, config });
  });
});
