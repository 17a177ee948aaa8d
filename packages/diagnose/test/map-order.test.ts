// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { diagnose } from "../src/index.ts";
import { BPF, bpffs, withCapabilities } from "./facts.ts";

const [ports, flows, variables] = [
  { name: "ports", type: MapType.DEVMAP, origin: "definition" },
  { name: "flows", type: MapType.HASH, origin: "definition" },
  { name: ".rodata", type: MapType.ARRAY, origin: "rodata" },
] as const;

const objectWith = (...maps: readonly object[]): ReadonlyMap<string, ObjectSpec> =>
  new Map([
    [
      "a.o",
      { maps, programs: [], functions: [], structOps: [], externs: [] } as unknown as ObjectSpec,
    ],
  ]);

/** Nothing delegates the types but DEVMAP, and DEVMAP needs CAP_NET_ADMIN. */
const facts = withCapabilities(BPF, {
  bpffs: [
    {
      ...bpffs,
      delegates: {
        delegate_cmds: "any",
        delegate_maps: "devmap",
        delegate_progs: "any",
        delegate_attachs: "any",
      },
    },
  ],
});

const [type, capability] = ["token.dropped.map", "map.create.capable"];

test.each([
  ["plain", "the capability of the first map", [ports, flows], [capability, type]],
  ["plain", "the type of the first map", [flows, ports], [type, capability]],
  ["plain", "variables last", [ports, variables], [capability, type]],
  ["libbpf", "the capability of the first map", [ports, flows], [capability, type]],
  ["libbpf", "variables first, for which it probes", [ports, variables], [type, capability]],
] as const)("%s: %s", (loader, _, maps, ids) => {
  const { findings } = diagnose(facts, { objects: objectWith(...maps), loader });
  expect(findings.filter(({ severity }) => severity === "error").map(({ id }) => id)).toEqual(ids);
});
