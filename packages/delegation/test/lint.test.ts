// SPDX-License-Identifier: MIT
import { knownMask, newestRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { bitsOf, type Delegation, judgeDelegation, lintDelegation } from "../src/index.ts";

const good: Delegation = {
  cmds: ["map_create", "prog_load", "btf_load", "btf_get_fd_by_id"],
  maps: ["hash"],
  progs: ["xdp"],
  attachs: ["xdp"],
};

test("a sound delegation has no findings", () => {
  expect(lintDelegation(good)).toEqual([]);
  expect(lintDelegation({})).toEqual([]);
  const any = { cmds: "any", maps: "any", progs: "any", attachs: "any" } as const;
  expect(lintDelegation(any, "6.9")).toEqual([]);
});

test("every name of the release itself is no leftover of an older one", () => {
  for (const release of ["6.9", "6.12", newestRelease] as const) {
    const attachs = bitsOf(knownMask("bpf_attach_type", release));
    expect(lintDelegation({ ...good, attachs }, release)).toEqual([]);
  }
});

test.each<[Delegation, string]>([
  [
    { cmds: ["obj_get", "link_create"] },
    "obj_get, link_create have no effect: only map_create, prog_load, btf_load, btf_get_fd_by_id use a token",
  ],
  [{ maps: ["hash"] }, "maps has no effect without the command map_create"],
  [{ progs: ["xdp"] }, "progs has no effect without the command prog_load"],
  [{ cmds: ["map_create"] }, "map_create has no effect without maps"],
  [{ cmds: ["prog_load"], progs: ["kprobe"] }, "prog_load needs progs and attachs"],
  [{ ...good, maps: [60] }, "map type 60 has no name in Linux 6.12"],
  [
    { ...good, attachs: ["trace_uprobe_session"] },
    "Linux 6.12 does not know the attach type trace_uprobe_session and refuses its name",
  ],
  [
    { ...good, attachs: bitsOf(knownMask("bpf_attach_type", "6.9")) },
    "but not those after it; was 'any' meant?",
  ],
])("%j: %s", (delegation, finding) => {
  const findings = lintDelegation(delegation, "6.12");
  expect(findings).toHaveLength(1);
  expect(findings[0]).toContain(finding);
});

test.each<[Delegation, string, string, bigint]>([
  [{ cmds: ["obj_get", "map_create"], maps: ["hash"] }, "inert_command", "cmds", 1n << 7n],
  [{ cmds: ["obj_get", "link_create"] }, "inert_command", "cmds", (1n << 7n) | (1n << 28n)],
  [{ maps: ["hash", "array"] }, "lacks_command", "maps", 6n],
  [{ cmds: ["map_create"], progs: ["xdp"], maps: "any" }, "lacks_command", "progs", 1n << 6n],
  [{ cmds: ["map_create", "btf_load"] }, "lacks_types", "cmds", 1n],
  [{ ...good, cmds: ["map_create", "prog_load"], attachs: [] }, "lacks_types", "cmds", 1n << 5n],
  [{ ...good, progs: [6, 60] }, "unnamed_bit", "progs", 1n << 60n],
  [{ ...good, attachs: ["xdp", 57] }, "unknown_to_release", "attachs", 1n << 57n],
  [{ cmds: ["btf_load", 62] }, "unnamed_bit", "cmds", 1n << 62n],
])("%j: %s of %s, with its bits", (delegation, id, axis, mask) => {
  expect(judgeDelegation(delegation, "6.12")).toEqual([
    { id, axis, mask, text: expect.any(String) },
  ]);
});

test("one command has no effect, several have none", () => {
  expect(lintDelegation({ cmds: ["obj_get"] })[0]).toMatch(
    /^obj_get has no effect: only map_create,/,
  );
});
