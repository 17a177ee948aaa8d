// SPDX-License-Identifier: GPL-2.0-only
import { Capability, type EvidenceKind } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { evidenceWords } from "../src/refusals/evidence.ts";

const cap = (n: number, ns: bigint): bigint => BigInt(n) | (ns << 32n);
const held = (set: bigint, ns: bigint): bigint => set | (ns << 48n);
const ALL = (1n << 41n) - 1n;
const U64 = (1n << 64n) - 1n;

const cases: readonly (readonly [EvidenceKind, bigint, bigint, string, string])[] = [
  ["NOTHING", 1n, 2n, "", ""],
  ["NUMBER", 5n, U64, "5", "-1"],
  ["HEX", 0x20n, 0xffn, "0x20", "0xff"],
  ["SIZE", 1n, 152n, "1 byte", "152 bytes"],
  ["LIMIT", 4096n, 4097n, "at most 4096", "4097"],
  ["FLAGS", 0n, 4n, "no flags", "0x4"],
  ["FLAGS", 3n, 4n, "flags within 0x3", "0x4"],
  ["USERNS", 2n, 3n, "user namespace #2", "user namespace #3"],
  ["FD", 0n, 7n, "", "fd 7"],
  ["FD", 0n, 0xffff_ffffn, "", "fd -1"],
  ["ERRNO", 0n, U64 - 11n, "", "ENOMEM"],
  [
    "CAP",
    cap(Capability.BPF, 2n),
    held(0n, 3n),
    "CAP_BPF in user namespace #2",
    "no capabilities (caller in user namespace #3)",
  ],
  [
    "CAP",
    cap(Capability.BPF, 1n),
    held(ALL, 2n),
    "CAP_BPF in user namespace #1",
    "all 41 capabilities (caller in user namespace #2)",
  ],
  [
    "CAP",
    cap(Capability.BPF, 1n),
    held(ALL ^ (1n << 39n), 1n),
    "CAP_BPF in user namespace #1",
    "40 capabilities without CAP_BPF (caller in user namespace #1)",
  ],
  [
    "CAP",
    cap(21, 1n),
    held((1n << 12n) | (1n << 38n), 1n),
    "CAP_SYS_ADMIN in user namespace #1",
    "CAP_NET_ADMIN, CAP_PERFMON (caller in user namespace #1)",
  ],
  ["CMD", 0n, 0x20n, "bit map_create", "prog_load"],
  ["CMD", 0n, 0n, "bit map_create", "nothing"],
  ["CMD", 63n, 1n << 63n, "bit 63", "bit 63"],
  ["MAP_TYPE", 1n, 4n, "bit hash", "array"],
  ["PROG_TYPE", 6n, U64, "bit xdp", "any"],
];

describe("evidence of a decision", () => {
  test.each(cases)("%s %d %d", (kind, needed, present, wanted, saw) => {
    expect(evidenceWords(kind, "6.18", needed, present)).toEqual({ needed: wanted, present: saw });
  });

  test("uses the type names of the release", () => {
    const attach = (release: "6.9" | "6.18") =>
      evidenceWords("ATTACH_TYPE", release, 57n, 0n).needed;
    expect(attach("6.9")).toBe("bit 57");
    expect(attach("6.18")).toBe("bit trace_uprobe_session");
  });

  test("abbreviates a long list", () => {
    expect(evidenceWords("CMD", "6.18", 0n, 0xffn).present).toBe(
      "map_create, map_lookup_elem, map_update_elem, map_delete_elem, map_get_next_key, prog_load and 2 more",
    );
  });
});
