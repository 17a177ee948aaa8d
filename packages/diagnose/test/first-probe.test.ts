// SPDX-License-Identifier: MIT
// libbpf first loads a socket_filter and, if that is refused, a tracepoint: one of them suffices.
import { attrLayout, BpfCmd, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { explainText, ProcessObserver, replayCalls, type TraceEvent } from "../src/index.ts";
import { container, withCapabilities } from "./facts.ts";

const TOKEN_FD = 0x10000;

/** The state of a process, its token, and both loads of the probe, refused. */
function refusedProbes(
  progs: string,
  attachs = "0x20",
  facts = container(),
): readonly TraceEvent[] {
  const fdinfo = `allowed_cmds:\t0x21\nallowed_maps:\t0x4\nallowed_progs:\t${progs}\nallowed_attachs:\t${attachs}\n`;
  const load = (type: number): TraceEvent => {
    const attr = { prog_type: type, insn_cnt: 2, prog_flags: TOKEN_FD, prog_token_fd: 6 };
    const memory = attrLayout("PROG_LOAD", "6.18").encode(attr);
    const args = [BpfCmd.PROG_LOAD, memory, memory.bytes.length] as const;
    return { type: "call", pid: 4711, name: "bpf", args, result: -1 };
  };
  return [
    { type: "process", pid: 4711, facts },
    { type: "file", pid: 4711, fd: 6, file: { kind: "token", fdinfo } },
    load(ProgType.SOCKET_FILTER),
    load(ProgType.TRACEPOINT),
  ];
}

const line = (type: string): string =>
  `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, insn_cnt=2, license="GPL", prog_flags=0x10000 /* BPF_F_??? */, expected_attach_type=BPF_CGROUP_INET_INGRESS, prog_token_fd=6}, 152) = -1 EPERM (Operation not permitted)\n`;

/** The log of strace of the same. */
const logOf = (progs: string): string =>
  `fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "0x21", 0) = 0
fsconfig(3, FSCONFIG_SET_STRING, "delegate_progs", "${progs}", 0) = 0
fsconfig(3, FSCONFIG_SET_STRING, "delegate_attachs", "0x20", 0) = 0
bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = 6
${line("SOCKET_FILTER")}${line("TRACEPOINT")}`;

describe.each([
  ["tracepoint", "0x20", "note", "token.dropped.attach", "cgroup_inet_ingress"],
  ["neither type", "0x40", "warning", "token.dropped.prog", "socket_filter"],
  ["socket_filter", "0x2", "warning", "token.dropped.attach", "cgroup_inet_ingress"],
])("a token that allows %s", (_, progs, severity, check, name) => {
  test("trace weighs the refused socket_filter by whether the tracepoint is allowed", () => {
    const [first, second] = replayCalls(refusedProbes(progs));
    expect([first?.severity, second?.severity]).toEqual([severity, "warning"]);
  });

  test("the first error of a recorded run is what suffices", () => {
    const observer = new ProcessObserver();
    for (const event of refusedProbes(progs)) observer.add(event);
    const [observed] = observer.end();
    const first = observed?.refused.find((one) => one.severity === "error");
    expect([first?.id, first?.lacks?.[0]?.name]).toEqual([check, name]);
  });

  test("explain names it first, too", () => {
    const [first] = explainText(logOf(progs)).candidates;
    expect([first?.id, first?.fix?.[0]]).toEqual([
      check,
      expect.stringMatching(new RegExp(`^add ${name} to `)),
    ]);
  });
});

test("the note says that the token allows the tracepoint", () => {
  const [first] = replayCalls(refusedProbes("0x20"));
  expect(first?.evidence.join("\n")).toContain("libbpf loads a tracepoint next");
});

test("a tracepoint needs CAP_PERFMON, and the bit of socket_filter gives less", () => {
  const refused = refusedProbes("0x20", "0x21");
  expect(replayCalls(refused).map(({ id, severity }) => [id, severity])).toEqual([
    ["token.dropped.prog", "warning"],
    ["prog.load.perfmon", "warning"],
  ]);
  const perfmon = ((1n << 39n) | (1n << 38n)).toString(16);
  const able = refusedProbes("0x20", "0x21", withCapabilities(perfmon)).slice(0, 3);
  expect(replayCalls(able).map(({ severity }) => severity)).toEqual(["note"]);
});
