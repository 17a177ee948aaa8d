// SPDX-License-Identifier: MIT
// Files that no kernel has, but that a recording or a log can describe: the model cannot create them.
import { attrLayout, BpfCmd } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { explainText, replayCalls, type TracedFile, type TraceEvent } from "../src/index.ts";
import { bpffs, container } from "./facts.ts";

const attr = attrLayout("MAP_CREATE", "6.18").encode({
  ...{ map_type: 1, key_size: 4, value_size: 4, max_entries: 1 },
  ...{ map_flags: 0x10000, map_token_fd: 6 },
});
const refused: TraceEvent = {
  ...{ type: "call", pid: 1, name: "bpf", result: -1 },
  args: [BpfCmd.MAP_CREATE, attr, attr.bytes.length],
};
const delegates = { delegate_cmds: "no_such_command" };

test.each<[string, TracedFile, string]>([
  [
    "a token without masks",
    {
      kind: "token",
      fdinfo: "allowed_cmds:\t0\nallowed_maps:\t0\nallowed_progs:\t0\nallowed_attachs:\t0",
    },
    "the model could not create what file descriptor 6 refers to",
  ],
  [
    "a token whose masks are missing",
    { kind: "token" },
    "the model could not create what file descriptor 6 refers to",
  ],
  [
    "a BPF filesystem with a name that no release knows",
    { kind: "bpffs", device: bpffs.device, root: true },
    "the model could not create what file descriptor 6 refers to",
  ],
])("%s is unknown", (_, file, why) => {
  const facts = container({ bpffs: [{ ...bpffs, delegates }] });
  const events: readonly TraceEvent[] = [
    { type: "process", pid: 1, facts },
    { type: "file", pid: 1, fd: 6, file },
    refused,
  ];
  expect(replayCalls(events)).toMatchObject([
    { id: "trace.unknown", outcome: "unknown", cause: `cannot tell: ${why}` },
  ]);
});

test.each(["many", "-1", "0x1ffffffff", ""])("a map with the size %j is unknown", (size) => {
  const fdinfo = `map_type:\t2\nkey_size:\t${size}\nvalue_size:\t4\nmax_entries:\t1`;
  const inner = attrLayout("MAP_CREATE", "6.18").encode({
    ...{ map_type: 12, key_size: 4, value_size: 4, max_entries: 1, inner_map_fd: 7 },
  });
  const events: readonly TraceEvent[] = [
    { type: "process", pid: 1, facts: container() },
    { type: "file", pid: 1, fd: 7, file: { kind: "map", fdinfo } },
    { ...refused, args: [BpfCmd.MAP_CREATE, inner, inner.bytes.length] } as TraceEvent,
  ];
  expect(replayCalls(events)).toMatchObject([
    { cause: "cannot tell: the model could not create what file descriptor 7 refers to" },
  ]);
});

test("a log whose masks have only names that no release knows names the mask", () => {
  const log = `fsconfig(3, FSCONFIG_SET_STRING, "delegate_maps", "what", 0) = 0
bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4, max_entries=1, map_flags=BPF_F_TOKEN_FD, map_token_fd=7}, 80) = -1 EPERM (Operation not permitted)`;
  expect(explainText(log).candidates[0]?.id).toBe("token.dropped.map");
});
