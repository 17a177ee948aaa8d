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
  ["ATTACH_TYPE", 37n, 1n, "bit xdp", "cgroup_inet_ingress"],
  [
    "ATTACH_TYPE",
    (1n << 32n) | 37n,
    0n,
    "bit xdp, for member 37 of the struct_ops type",
    "nothing",
  ],
  ["SINCE_CMD", 36n, 36n, "Linux 6.9, the first with token_create", "36 (token_create)"],
  ["SINCE_CMD", 37n, 99n, "below 37", "99"],
  ["SINCE_MAP", 34n, 0n, "below 34", "0"],
  ["MAP_ATTR", (5n << 32n) | 8n, (1n << 32n) | 2n, "key_size 4", "key_size 5"],
  [
    "MAP_ATTR",
    0n,
    1n,
    "key_size not 0, value_size not 0, max_entries not 0",
    "key_size 0, value_size 0, max_entries 0",
  ],
  ["MAP_ATTR", (4n << 32n) | 8n, (1n << 32n) | 2n, "", "key_size 4, value_size 8, max_entries 1"],
];

/** An item of a delegate option as the core records it: sixteen characters. */
function itemOf(text: string): readonly [bigint, bigint] {
  const word = (part: string): bigint =>
    [...part].reduceRight((sum, char) => (sum << 8n) | BigInt(char.charCodeAt(0)), 0n);
  return [word(text.slice(0, 8)), word(text.slice(8, 16))];
}

describe("an item of a delegate option", () => {
  test.each([
    ["BPF_PROG_LOAD", "prog_load, without the prefix", '"BPF_PROG_LOAD"'],
    ["Any", "any in lower case", '"Any"'],
    ["", "an item before, between and after colons", '""'],
    ["prog_load,map", "names separated by colons", '"prog_load,map"'],
    ["map_crate", "map_create", '"map_crate"'],
    ["insn_array", "Linux 6.19, the first with this name", '"insn_array"'],
    ["zzzzzzzzz", "a name of this release, a number, or any", '"zzzzzzzzz"'],
  ])("%j", (text, needed, present) => {
    const words = evidenceWords("ITEM", "6.18", ...itemOf(text));
    expect(words).toEqual({ needed, present: `item ${present}` });
  });

  test("is cut after sixteen characters", () => {
    const words = evidenceWords("ITEM", "6.18", ...itemOf("BPF_CGROUP_INET_INGRESS"));
    expect(words.present).toBe('item "BPF_CGROUP_INET_..."');
    expect(words.needed).toContain("without the prefix");
  });
});

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
