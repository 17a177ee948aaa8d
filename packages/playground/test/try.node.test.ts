// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { dialects } from "@bpf-token/delegation";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTry, MASK_LIMIT, parseTry } from "../src/state/hash.ts";
import {
  actions,
  attachTypeNames,
  axisNames,
  capabilities,
  creators,
  defaultState,
  fdKinds,
  lsmAnswers,
  mapTypeNames,
  places,
  progTypeNames,
  releases,
  sides,
  sysctls,
  type TryState,
} from "../src/state/try-state.ts";
import { answerOf } from "../src/try/answer.ts";
import { askModel } from "../src/try/ask.ts";
import { checksOf } from "../src/try/checks.ts";
import { presets } from "../src/try/presets.ts";

const situations = JSON.parse(
  readFileSync(new URL("../situations.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;
const maskText = fc.oneof(
  fc.constantFrom("", "any", "map_create:prog_load", "array:hash", "xdp", "0x6", "BPF_XDP", "tc"),
  fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !text.includes("\0")),
);
const one = fc.constantFrom;
const masks = Object.fromEntries(axisNames.map((axis) => [axis, maskText]));
const states = fc.record({
  release: one(...releases),
  masks: fc.record(masks),
  caps: fc.subarray([...capabilities]),
  place: one(...places),
  owner: one(...sides),
  delegator: one(...sides),
  fd: one(...fdKinds),
  creator: one(...creators),
  sysctl: one(...sysctls),
  lsm: one(...lsmAnswers),
  token: fc.boolean(),
  flag: fc.boolean(),
  action: one(...actions),
  map: one(...mapTypeNames),
  prog: one(...progTypeNames),
  attach: one(...attachTypeNames),
  dialect: one(...dialects),
}) as unknown as fc.Arbitrary<TryState>;

describe("the hash", () => {
  test("restores every state, byte by byte", () => {
    fc.assert(
      fc.property(states, (state) => {
        const hash = formatTry(state);
        expect(parseTry(`#${hash}`)).toEqual(state);
        expect(formatTry(parseTry(hash))).toBe(hash);
      }),
    );
  });

  test("a hostile hash gives a valid state, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 30 }), (text, value) => {
        for (const hash of [text, `#release=${value}&maps=${value}&caps=${value}&token=${text}`]) {
          const state = parseTry(hash);
          expect(releases).toContain(state.release);
          expect(formatTry(parseTry(formatTry(state)))).toBe(formatTry(state));
        }
      }),
    );
  });

  test.each([
    ["", defaultState],
    ["#", defaultState],
    ["#release=6.8&map=constructor&caps&place=__proto__&flag=2", defaultState],
    [`#maps=${"a".repeat(MASK_LIMIT + 1)}`, defaultState],
    ["#maps=a%00b", defaultState],
    ["#maps=%E0%A4", { ...defaultState, masks: { ...defaultState.masks, maps: "%E0%A4" } }],
    ["#release=6.12&release=7.0", { ...defaultState, release: "6.12" as const }],
    ["#caps=", { ...defaultState, caps: [] }],
    ["#caps=SYS_ADMIN:BPF:ROOT", { ...defaultState, caps: ["BPF", "SYS_ADMIN"] as const }],
  ])("%s", (hash, state) => {
    expect(parseTry(hash)).toEqual(state);
  });
});

/** What each situation shows: the deciding call, the errno and the check of the cause. */
const expected: Readonly<Record<string, string>> = {
  "map-type": "bpf(BPF_MAP_CREATE) EPERM token.dropped.map",
  works: "bpf(BPF_PROG_LOAD) succeeds",
  "incus-xdp": "bpf(BPF_PROG_LOAD) EPERM token.dropped.cmd",
  "lxd-btf": "bpf(BPF_BTF_LOAD) EPERM token.dropped.cmd",
  "rootless-mount": "fsconfig(delegate_cmds) EPERM option.delegate.capable",
  "bind-mount": "bpf(BPF_TOKEN_CREATE) EPERM token.create.userns",
  "no-mount-namespace": "fsopen(bpf) EPERM fsopen.may_mount",
  "option-typo": "bpf(BPF_PROG_LOAD) EPERM token.dropped.attach",
  comma: "bpf(BPF_MAP_CREATE) EPERM token.dropped.cmd",
  prefix: "fsconfig(delegate_cmds) EINVAL option.delegate.item",
  "newer-names": "fsconfig(delegate_maps) EINVAL option.delegate.item",
  "fsmount-fd": "bpf(BPF_TOKEN_CREATE) EBADF token.create.fd",
  subdirectory: "bpf(BPF_TOKEN_CREATE) EINVAL token.create.root",
  "host-root": "bpf(BPF_TOKEN_CREATE) EOPNOTSUPP token.create.init_ns",
  "nothing-delegated": "bpf(BPF_TOKEN_CREATE) ENOENT token.create.delegation",
  "sys-admin": "bpf(BPF_TOKEN_CREATE) EPERM token.create.capable",
  nested: "bpf(BPF_TOKEN_CREATE) EPERM token.create.userns",
  "no-token": "bpf(BPF_MAP_CREATE) EPERM map.create.sysctl",
  "no-flag": "bpf(BPF_MAP_CREATE) EPERM map.create.sysctl",
  "drops-cap": "bpf(BPF_MAP_CREATE) EPERM map.create.sysctl",
  "net-admin": "bpf(BPF_PROG_LOAD) EPERM prog.load.net_admin",
  "libbpf-probe": "bpf(BPF_PROG_LOAD) EPERM token.dropped.prog",
  "libbpf-attach": "bpf(BPF_PROG_LOAD) EPERM token.dropped.attach",
  kprobe: "bpf(BPF_PROG_LOAD) EPERM token.dropped.attach",
  sysctl: "bpf(BPF_MAP_CREATE) EPERM token.dropped.map",
  lsm: "bpf(BPF_TOKEN_CREATE) EPERM lsm.bpf_token_create",
};

describe("situations", () => {
  test("each has an expected answer and a name of its own", () => {
    expect(presets.map(({ id }) => id)).toEqual(Object.keys(expected));
    expect(new Set(presets.map(({ title }) => title)).size).toBe(presets.length);
    expect(new Set(presets.map(({ state }) => formatTry(state))).size).toBe(presets.length);
  });

  test("the site links each check to a situation that it decides", () => {
    expect(Object.keys(situations).length).toBeGreaterThan(10);
    for (const [check, id] of Object.entries(situations)) {
      expect(expected[id]?.split(" ").at(-1), id).toBe(check);
    }
  });

  test.each(presets)("$id", ({ id, state }) => {
    const { ok, call, errno, stages, fixes } = answerOf(state);
    const decided = stages.flatMap(({ checks }) =>
      checks.filter(({ status }) => status === "refused" || status === "ignored"),
    );
    expect(`${call} ${errno ?? "succeeds"} ${decided[0]?.id ?? ""}`.trim()).toBe(expected[id]);
    expect(fixes.length > 0, "a refusal has a fix").toBe(!ok);
    for (const fix of fixes) expect(answerOf(fix.state).errno, fix.changes.join()).toBeUndefined();
    expect(parseTry(formatTry(state))).toEqual(state);
  });
});

describe("any state", () => {
  test("every refusal is on the path, in order, with a fix that makes the call succeed", () => {
    fc.assert(
      fc.property(states, (state) => {
        const results = askModel(state);
        for (const { stage, decisions } of results) {
          const ids = checksOf(stage).map(({ id }) => id as string);
          const known = decisions.filter(({ check }) => check !== "prog.load.not_verified");
          const places = known.map(({ check }) => ids.indexOf(check));
          expect(places, known.map(({ check }) => check).join()).not.toContain(-1);
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
        const answer = answerOf(state);
        if (!answer.ok) expect(answer.fixes.length, formatTry(state)).toBeGreaterThan(0);
        for (const { state: fixed } of answer.fixes) {
          expect(askModel(fixed).at(-1)?.errno).toBeUndefined();
        }
      }),
      { numRuns: 50 },
    );
  });

  test("an attach type that no mask of this kernel can allow", () => {
    const chosen = { release: "6.9", action: "prog", prog: "LWT_OUT" } as const;
    const masks = { cmds: "prog_load", maps: "", progs: "any", attachs: "any" };
    const { fixes } = answerOf({ ...defaultState, ...chosen, masks, attach: "TRACE_FEXIT_MULTI" });
    expect(fixes.map(({ changes }) => changes[0])).toEqual([
      expect.stringMatching(/^use Linux 7\.\d or newer: it has the attach type/),
      "set expected_attach_type to cgroup_inet_ingress",
    ]);
  });

  test("names the user namespaces, and shows the place of a refusal in the kernel", () => {
    const rows = answerOf(defaultState).stages.flatMap(({ checks }) => checks);
    const refused = rows.find(({ status }) => status === "refused");
    expect(refused?.required).toBe("CAP_BPF in the initial user namespace");
    expect(refused?.actual).toContain("the container's user namespace");
    expect(refused?.place).toBe("map_create() in kernel/bpf/syscall.c");
    expect(rows.every(({ place }) => place.includes("()"))).toBe(true);
  });

  test("without a token in the call, no check of the token is shown", () => {
    for (const state of [
      { ...defaultState, token: false },
      { ...defaultState, flag: false },
    ]) {
      const { remark, checks } = answerOf(state).stages.at(-1) ?? { checks: [] };
      expect(remark).toContain("token");
      expect(checks.some(({ id }) => id.startsWith("token."))).toBe(false);
    }
  });
});
