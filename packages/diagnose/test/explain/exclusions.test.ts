// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { type CauseId, causeText } from "../../src/explain/cause.ts";
import { type Clues, startClues } from "../../src/explain/clues.ts";
import { excludedBy } from "../../src/explain/exclusions.ts";
import { explainErrno, explainText, type Facts, findingIds, findingText } from "../../src/index.ts";
import { bpffs, container, withCapabilities } from "../facts.ts";

describe("on a kernel without tokens", () => {
  const why = (id: CauseId, release: string) => excludedBy(id, startClues(undefined, release));

  test.each<CauseId>([
    "token.create.capable",
    "token.create.bpffs",
    "token.dropped.map",
    "explain.no_token",
    "explain.btf_upload",
  ])("%s is no cause, if it is about tokens", (id) => {
    const isToken = causeText(id).kind === "token";
    expect(why(id, "6.8")).toBe(isToken ? "Linux 6.8 has no tokens" : undefined);
    expect(why(id, "6.9")).toBeUndefined();
  });

  test.each<CauseId>([
    ...(["mount.capable", "fsopen.may_mount", "fsconfig.create.capable"] as const),
    ...([
      "bpffs.fill.capable",
      "explain.oci_mount",
      "explain.intercept",
      "map.create.capable",
    ] as const),
  ])("%s stays", (id) => {
    expect(why(id, "6.8")).toBeUndefined();
  });
});

test("CAP_SYS_ADMIN does not replace CAP_BPF for a token: TC-08", () => {
  const excluded = (bit: bigint) =>
    excludedBy("token.create.capable", startClues(withCapabilities(bit.toString(16)), undefined));
  expect(excluded(1n << 21n)).toBeUndefined();
  expect(excluded(1n << 39n)).toBe("the process has CAP_BPF");
});

const clues = (facts: Facts, more: Partial<Clues> = {}): Clues => ({
  ...startClues(facts, undefined),
  ...more,
});
const initial = { inode: 4026531837, initial: true };

test("lockdown in integrity mode refuses only what the text names", () => {
  const why = (lockdown: Facts["lockdown"], namesIntegrity: boolean) =>
    excludedBy("doctor.lockdown", {
      ...startClues(undefined, undefined),
      lockdown,
      namesIntegrity,
    });
  expect(why("integrity", false)).toContain("integrity mode");
  expect(why("integrity", true)).toBeUndefined();
  expect(why("confidentiality", false)).toBeUndefined();
  expect(why("none", true)).toBe("lockdown is off");
  expect(why(undefined, false)).toBeUndefined();
});

test("the first fix for lockdown keeps Secure Boot", () => {
  expect(causeText("doctor.lockdown").fix[0]).toContain("lockdown=integrity");
});

test.each<CauseId>([
  ...(["explain.no_token", "token.dropped.map", "token.dropped.cmd"] as const),
  ...(["explain.libbpf_probe", "explain.attach_type"] as const),
])("%s is no cause in the initial user namespace, unless a token is passed: TC-09", (id) => {
  expect(excludedBy(id, clues(container({ userns: initial })))).toContain("no tokens");
  expect(
    excludedBy(id, clues(container({ userns: initial }), { usesToken: true })),
  ).toBeUndefined();
  expect(excludedBy(id, clues(container()))).toBeUndefined();
});

test.each<[CauseId, bit: bigint]>([
  ["attach.link.capable", 12n],
  ["attach.prog.capable", 12n],
  ["prog.query.capable", 12n],
  ["explain.perf_event", 38n],
  ["option.delegate.capable", 21n],
  ["bpffs.fill.capable", 21n],
  ["map.create.offload.capable", 21n],
])("%s is excluded by its own capability, and by that alone", (id, bit) => {
  const why = (one: bigint, more?: Partial<Facts>, token?: Partial<Clues>) =>
    excludedBy(id, clues(withCapabilities((1n << one).toString(16), more), token));
  expect(why(bit, { userns: initial })).toContain("CAP_");
  expect(why(39n, { userns: initial })).toBeUndefined();
  expect(why(bit)).toBeUndefined();
  const throughToken = why(bit, {}, { usesToken: true });
  expect(throughToken !== undefined).toBe(id.startsWith("attach."));
});

test("libbpf's probe is no cause where both of its masks are any", () => {
  const why = (delegates: Readonly<Record<string, string>>) =>
    excludedBy("explain.libbpf_probe", clues(container({ bpffs: [{ ...bpffs, delegates }] })));
  expect(why({ delegate_progs: "any", delegate_attachs: "any" })).toBe(
    "delegate_progs and delegate_attachs are any",
  );
  expect(why({ delegate_progs: "any", delegate_attachs: "xdp" })).toBeUndefined();
});

test("a token that the call does not pass is not ignored", () => {
  const ids = (token: boolean | undefined) =>
    explainErrno({
      cmd: "map_create",
      errno: "EPERM",
      type: "hash",
      ...(token === undefined ? {} : { token }),
    }).candidates.map(({ id }) => id);
  expect(ids(false)).not.toContain("token.dropped.map");
  expect(ids(true)).toContain("token.dropped.map");
  expect(ids(undefined)).toContain("token.dropped.map");
  const log = (flags: string) =>
    explainText(
      `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, ${flags}}, 80) = -1 EPERM (x)`,
    ).candidates.map(({ id }) => id);
  expect(log("map_flags=0")).not.toContain("token.dropped.map");
  expect(log("map_flags=0x10000, map_token_fd=3")).toContain("token.dropped.map");
});

test.each([
  ["map_create", "hash", "map.create.capable", false],
  ["map_create", "devmap", "map.create.capable", true],
  ["prog_load", "cgroup_skb", "prog.load.net_admin", false],
  ["prog_load", "xdp", "prog.load.net_admin", true],
  ["prog_load", "xdp", "prog.load.perfmon", false],
  ["prog_load", "kprobe", "prog.load.perfmon", true],
  ["prog_load", undefined, "prog.load.perfmon", true],
])("%s of type %s: %s is a cause: %s", (cmd, type, id, isCause) => {
  const { candidates, excluded } = explainErrno(
    { cmd, errno: "EPERM", ...(type === undefined ? {} : { type }) },
    { facts: withCapabilities("0", { userns: initial, unprivilegedBpfDisabled: 0 }) },
  );
  const shown = [...candidates, ...excluded].map((one) => one.id);
  expect(shown.some((one) => one === id)).toBe(isCause);
});

test("a message about CAP_BPF is not cured by CAP_PERFMON", () => {
  const text = "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN";
  const ids = (bit: bigint) =>
    explainText(text, {
      facts: withCapabilities((1n << bit).toString(16), { userns: initial }),
    }).candidates.map(({ id }) => id);
  expect(ids(38n)).toContain("verify.call.capable");
  expect(ids(39n)).not.toContain("verify.call.capable");
});

test("every finding has a cause, says what decides, and has a fix", () => {
  const lacking = findingIds().filter((id) => {
    const { cause = "", decides = "", fix = [] } = findingText(id) ?? {};
    return cause === "" || decides === "" || fix.length === 0;
  });
  expect(lacking).toEqual([]);
});
