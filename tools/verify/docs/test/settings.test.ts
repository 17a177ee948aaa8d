// SPDX-License-Identifier: MIT
// Settings that a page prints let the program and the loader that it names succeed, and have no bit too many.
import {
  axisNames,
  bitsOf,
  type Delegation,
  type DelegationMasks,
  type Dialect,
  delegationMasks,
  delegationOf,
  detectDialect,
  parseDelegation,
} from "@bpf-token/delegation";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { checkTable } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { askModel } from "../../../../packages/playground/src/try/ask.ts";
import { findFixes } from "../../../../packages/playground/src/try/fixes.ts";
import { presets } from "../../../../packages/playground/src/try/presets.ts";
import { settingsFor } from "../../../publish/site/lib/settings.mjs";
import { allBlocks } from "../lib/pages.mjs";

type Program = "xdp" | "kprobe" | "socket_filter";

/** The calls of libbpf 1.4 to 1.7 for a program with an array map, or of a loader without tests. */
function callsOf(program: Program, loader: "libbpf" | "plain"): readonly string[] {
  const load = (type: string, attach: string): string =>
    `bpf: PROG_LOAD\n    attr: { prog_type: ${type}, expected_attach_type: ${attach}, insns: return_0, license: GPL, prog_flags: [TOKEN_FD], prog_token_fd: $token }`;
  const own = {
    xdp: load("XDP", "XDP"),
    kprobe: load("KPROBE", "0"),
    socket_filter: load("SOCKET_FILTER", "0"),
  };
  const tests = [
    load("SOCKET_FILTER", "0"),
    ...(program === "xdp" ? [load("CGROUP_SOCK", "CGROUP_INET_SOCK_CREATE")] : []),
  ];
  return [
    ...(loader === "libbpf" ? tests : []),
    "bpf: BTF_LOAD\n    attr: { btf: int, btf_flags: [TOKEN_FD], btf_token_fd: $token }",
    "bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 4, value_size: 8, max_entries: 1, map_flags: [TOKEN_FD], map_token_fd: $token }",
    own[program],
  ];
}

/** How many of the calls the model refuses in a container with a delegation and capabilities. */
function refusals(
  masks: DelegationMasks,
  caps: readonly string[],
  calls: readonly string[],
): number {
  const options = axisNames.map((axis) => `${axis}: 0x${masks[axis].toString(16)}`).join(", ");
  const text = `name: settings
tasks:
  host: root in the initial user namespace
  app: root in its own user namespace
steps:
  - fork: app
  - by: app
    container: {}
  - by: host
    bpffs: { for: app, ${options} }
    as: bpffs
  - by: app
    caps: { only: [${caps.join(", ").toUpperCase()}] }
  - by: app
    bpf: TOKEN_CREATE
    attr: { bpffs_fd: $bpffs }
    as: token
${calls.map((call) => `  - by: app\n    ${call}`).join("\n")}
`;
  const kernel = createKernel();
  try {
    const { events } = run(kernel, parseScenario(text));
    return events.filter(({ verdict }) => (verdict?.why ?? []).length > 0).length;
  } finally {
    kernel.close();
  }
}

/** Expects that the calls succeed, and that they do not with any one bit or capability less. */
function expectPromise(
  delegation: Delegation,
  caps: readonly string[],
  calls: readonly string[],
): void {
  const masks = delegationMasks(delegation);
  expect(refusals(masks, caps, calls)).toBe(0);
  for (const axis of axisNames) {
    for (const bit of bitsOf(masks[axis])) {
      const less = { ...masks, [axis]: masks[axis] & ~(1n << BigInt(bit)) };
      const what = `without ${JSON.stringify(delegationOf({ [axis]: 1n << BigInt(bit) }))}`;
      expect(refusals(less, caps, calls), what).toBeGreaterThan(0);
    }
  }
  for (const cap of caps) {
    const less = caps.filter((one) => one !== cap);
    expect(refusals(masks, less, calls), `without ${cap}`).toBeGreaterThan(0);
  }
}

describe("pages of checks", () => {
  const pages = checkTable().flatMap(({ id }) => {
    const found = settingsFor(id);
    return found === undefined ? [] : [[id, found] as const];
  });

  test("there are some", () => expect(pages.length).toBeGreaterThan(15));

  test.for(pages)("%s", ([, { about, example, settings }]) => {
    const program = { "an XDP program": "xdp", "a kprobe program": "kprobe" }[about];
    const calls = callsOf((program ?? "socket_filter") as Program, "libbpf");
    expectPromise(example.masks, example.caps, calls);
    for (const { dialect, lines } of settings) {
      const { delegation, notes } = parseDelegation(lines.join("\n"), dialect);
      expect(delegationMasks(delegation)).toEqual(delegationMasks(example.masks));
      expect(notes).toEqual([]);
    }
  });
});

describe("blocks of pages", () => {
  const managers: readonly Dialect[] = [
    "systemd",
    "lxd",
    "incus",
    "oci",
    "podman",
    "docker",
    "k8s",
  ];
  const blocks = allBlocks().flatMap(({ page, line, language, code }) => {
    // A test of lint runs its examples, half of which are wrong.
    if (page === "docs/lint-findings.md") return [];
    // Other texts are output of a command, and tests compare them with it.
    if (language === "ts" || code.includes("error [")) return [];
    try {
      const dialect = detectDialect(code);
      if (!managers.includes(dialect) && language !== "yaml") return [];
      return [[`${page}:${line}`, parseDelegation(code)] as const];
    } catch {
      return [];
    }
  });

  test("there are some", () => expect(blocks.length).toBeGreaterThan(5));

  test.for(blocks)("%s", ([, { delegation, notes }]) => {
    expect(notes).toEqual([]);
    expectPromise(delegation, ["bpf", "net_admin"], callsOf("xdp", "libbpf"));
  });
});

describe("situations of the page", () => {
  // libbpf makes more calls than the one that the page shows.
  const managed = presets.filter(({ id }) => ["incus-xdp", "lxd-btf", "works"].includes(id));

  test("there are three", () => expect(managed).toHaveLength(3));

  test.for(managed.map((one) => [one.id, one] as const))("%s", ([, { state }]) => {
    const [fix] = findFixes(state, askModel(state));
    const { masks, caps } = fix?.state ?? state;
    const found = Object.fromEntries(axisNames.map((axis) => [axis, masks[axis].split(":")]));
    const calls = callsOf("xdp", "libbpf");
    expect(refusals(delegationMasks(found), caps, calls)).toBe(0);
  });
});
