// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { attrLayout, BAD_ADDRESS, type BpfCmdName, structLayout } from "../src/index.ts";

const mapCreate = attrLayout("MAP_CREATE", "6.18");
const message = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    expect(e).toBeInstanceOf(RangeError);
    return (e as Error).message;
  }
  throw new Error("nothing was thrown");
};

describe("encoding", () => {
  it("puts numbers at the kernel's offsets, little endian", () => {
    const { bytes } = mapCreate.encode({ map_type: 1, max_entries: 0x01020304, map_token_fd: -2 });
    expect([...bytes.subarray(0, 4)]).toEqual([1, 0, 0, 0]);
    expect([...bytes.subarray(12, 16)]).toEqual([4, 3, 2, 1]);
    expect([...bytes.subarray(76, 80)]).toEqual([0xfe, 0xff, 0xff, 0xff]);
  });

  it("keeps bit 63", () => {
    const { bytes } = mapCreate.encode({ map_extra: 2n ** 63n });
    expect([...bytes.subarray(64, 72)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0x80]);
    expect(mapCreate.decode(bytes).map_extra).toBe(2n ** 63n);
    const info = structLayout("bpf_token_info").encode({ allowed_cmds: 2n ** 64n - 1n });
    expect(structLayout("bpf_token_info").decode(info.bytes).allowed_cmds).toBe(2n ** 64n - 1n);
  });

  it("lists pointers with their offset, except NULL", () => {
    const insns = new Uint8Array(16);
    const mem = attrLayout("PROG_LOAD", "6.18").encode({
      insns,
      license: "GPL",
      log_buf: BAD_ADDRESS,
      fd_array: null,
    });
    expect(mem.pointers).toEqual([
      { offset: 8, to: insns },
      { offset: 16, to: "GPL" },
      { offset: 32, to: BAD_ADDRESS },
    ]);
    expect(mem.bytes.every((b) => b === 0)).toBe(true);
  });

  it("pads text with NULs and decodes up to the first", () => {
    const { bytes } = mapCreate.encode({ map_name: "map" });
    expect([...bytes.subarray(28, 33)]).toEqual([109, 97, 112, 0, 0]);
    expect(mapCreate.decode(bytes).map_name).toBe("map");
    const full = mapCreate.encode({ map_name: "0123456789abcdef" });
    expect(mapCreate.decode(full.bytes).map_name).toBe("0123456789abcdef");
  });

  it("ignores undefined values", () => {
    const value: { map_type?: number } = Object.create(null);
    value.map_type = undefined as unknown as number;
    expect(mapCreate.encode(value).bytes.every((b) => b === 0)).toBe(true);
  });

  it("returns new memory each time", () => {
    expect(mapCreate.encode({}).bytes).not.toBe(mapCreate.encode({}).bytes);
  });
});

describe("decoding", () => {
  it("treats missing bytes as zero and ignores extra ones", () => {
    const short = attrLayout("TOKEN_CREATE", "6.18").decode(new Uint8Array([1, 0, 0, 0, 7]));
    expect(short).toEqual({ flags: 1, bpffs_fd: 7 });
    const long = attrLayout("TOKEN_CREATE", "6.18").decode(new Uint8Array(400).fill(1));
    expect(long).toEqual({ flags: 0x01010101, bpffs_fd: 0x01010101 });
  });

  it("respects the bounds of a view of a larger buffer", () => {
    const buffer = new Uint8Array(64).fill(0xff);
    buffer.set([5, 0, 0, 0, 6, 0, 0, 0], 8);
    const { flags, bpffs_fd } = attrLayout("TOKEN_CREATE", "6.18").decode(buffer.subarray(8, 16));
    expect([flags, bpffs_fd]).toEqual([5, 6]);
  });

  it("decodes bit fields", () => {
    const value = structLayout("bpf_insn").decode(
      new Uint8Array([0xb7, 0x21, 0xfe, 0xff, 1, 0, 0, 0x80]),
    );
    expect(value).toEqual({ code: 0xb7, dst_reg: 1, src_reg: 2, off: -2, imm: -0x7fffffff });
  });
});

describe("encoding refuses with the field's name", () => {
  it.each([
    [{ map_type: -1 }, "MAP_CREATE.map_type: -1 is not in 0…4294967295"],
    [{ map_type: 2 ** 32 }, "MAP_CREATE.map_type: 4294967296 is not in 0…4294967295"],
    [
      { map_token_fd: 2 ** 31 },
      "MAP_CREATE.map_token_fd: 2147483648 is not in -2147483648…2147483647",
    ],
    [{ map_extra: -1n }, "MAP_CREATE.map_extra: -1 is not in 0…18446744073709551615"],
    [
      { map_extra: 2n ** 64n },
      "MAP_CREATE.map_extra: 18446744073709551616 is not in 0…18446744073709551615",
    ],
    [
      { map_extra: 2 ** 60 },
      "MAP_CREATE.map_extra: 1152921504606847000 is not exact; give a bigint",
    ],
    [{ map_type: 1.5 }, "MAP_CREATE.map_type: an integer is needed, not 1.5"],
    [{ map_type: Number.NaN }, "MAP_CREATE.map_type: an integer is needed, not NaN"],
    [{ map_type: "HASH" }, "MAP_CREATE.map_type: an integer is needed, not text 'HASH'"],
    [{ map_type: null }, "MAP_CREATE.map_type: an integer is needed, not null"],
    [{ map_name: "0123456789abcdefg" }, "MAP_CREATE.map_name: 17 bytes do not fit in 16"],
    [{ map_name: 7 }, "MAP_CREATE.map_name: text or bytes are needed, not 7"],
    [
      { excl_prog_hash: 4096n },
      "MAP_CREATE.excl_prog_hash: must be memory or null, not a value of type bigint",
    ],
    [{ map_typ: 1 }, "MAP_CREATE.map_typ: no such field; did you mean 'map_type'?"],
    [{ constructor: 1 }, /^MAP_CREATE\.constructor: no such field; it has map_type, /],
  ])("%o", (value, text) => {
    const got = message(() => mapCreate.encode(value as never));
    if (typeof text === "string") expect(got).toBe(text);
    else expect(got).toMatch(text);
  });

  it("a field that only a later release has", () => {
    expect(message(() => attrLayout("MAP_CREATE", "6.12").encode({ excl_prog_hash_size: 1 }))).toBe(
      "MAP_CREATE.excl_prog_hash_size: release 6.12 has no such field",
    );
  });

  it("two fields that overlap", () => {
    const attach = attrLayout("PROG_ATTACH", "6.18");
    expect(message(() => attach.encode({ target_fd: 3, target_ifindex: 3 }))).toBe(
      "PROG_ATTACH.target_ifindex: overlaps target_fd; set only one of them",
    );
    const link = attrLayout("LINK_CREATE", "6.18");
    expect(() => link.encode({ "kprobe_multi.cnt": 1, target_btf_id: 1 })).not.toThrow();
    expect(message(() => link.encode({ "kprobe_multi.cnt": 1, iter_info: null }))).toMatch(
      /^LINK_CREATE\.iter_info: overlaps kprobe_multi\.cnt/,
    );
  });

  it("arrays of the wrong length or element type", () => {
    const statfs = structLayout("statfs");
    expect(message(() => statfs.encode({ f_fsid: [1, 2, 3] }))).toBe(
      "statfs.f_fsid: 3 numbers do not fit in 2",
    );
    expect(message(() => statfs.encode({ f_fsid: [1, 2 ** 31] }))).toMatch(
      /^statfs\.f_fsid\[1\]: /,
    );
    expect(statfs.decode(statfs.encode({ f_fsid: [1, -2] }).bytes).f_fsid).toEqual([1, -2]);
  });

  it("unknown commands and releases", () => {
    expect(message(() => attrLayout("TOKEN_CRATE" as BpfCmdName, "6.18"))).toBe(
      "command 'TOKEN_CRATE' is unknown; did you mean 'TOKEN_CREATE'?",
    );
    expect(message(() => attrLayout("PROG_STREAM_READ_BY_FD", "6.15"))).toBe(
      "release 6.15 has no command PROG_STREAM_READ_BY_FD",
    );
    expect(attrLayout("PROG_RUN", "6.18").fields).toEqual(
      attrLayout("PROG_TEST_RUN", "6.18").fields,
    );
  });
});
