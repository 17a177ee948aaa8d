// SPDX-License-Identifier: MIT
// A line of strace as a typed call, and what the model says about it in the states that are possible.
import { describe, expect, test } from "vitest";
import { callText, fieldsIn } from "../../src/evidence/call-text.ts";
import { tracedBpf } from "../../src/evidence/from-strace.ts";
import { parseStraceLine } from "../../src/evidence/strace-line.ts";
import type { TracedCall } from "../../src/evidence/traced-call.ts";
import { explainText } from "../../src/index.ts";
import { type KnownState, possibleReasons } from "../../src/replay/hypotheses.ts";

function traced(line: string): TracedCall {
  const parsed = parseStraceLine(line);
  const call = parsed?.kind === "call" ? tracedBpf(parsed.call) : undefined;
  if (call === undefined) throw new Error(`no call: ${line}`);
  return call;
}
const EPERM = "= -1 EPERM (Operation not permitted)";
const EINVAL = "= -1 EINVAL (Invalid argument)";

describe("a bpf() call of strace becomes a typed call", () => {
  test("with names, numbers, flags, versions and the bytes that strace does not know", () => {
    const map = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_RINGBUF, key_size=0, value_size=0, max_entries=4096, map_flags=BPF_F_MMAPABLE|0x10000 /* BPF_F_??? */, map_name="ma\\"p", extra_data="\\x00\\x00\\x00\\x00\\x06\\x00\\x00\\x00" /* bytes 72..79 */}, 80) ${EPERM}`;
    expect(fieldsIn(traced(map))).toMatchObject({
      ...{ map_type: 27, max_entries: 4096, map_flags: 0x10400, map_name: 'ma"p' },
      map_token_fd: 6,
    });
    const load = `bpf(BPF_PROG_LOAD, {prog_type=0x6 /* BPF_PROG_TYPE_XDP */, insn_cnt=2, insns=[{code=BPF_ALU64|BPF_K|BPF_MOV, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=-2}, {code=BPF_JMP|BPF_K|BPF_EXIT, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}], license="GPL", log_buf="expected_attach_type=BPF_SK_LOOKUP\\n", kern_version=KERNEL_VERSION(6, 18, 44), expected_attach_type=BPF_XDP, prog_btf_fd=3</x>}, 148) ${EINVAL}`;
    const call = traced(load);
    expect(fieldsIn(call)).toMatchObject({
      ...{ prog_type: 6, insn_cnt: 2, kern_version: 0x6122c, expected_attach_type: 37 },
      prog_btf_fd: 3,
    });
    const { args, result, log, incomplete } = call;
    expect({ result, log, incomplete }).toEqual({
      ...{ result: -22, log: "expected_attach_type=BPF_SK_LOOKUP\n", incomplete: undefined },
    });
    const pointers = (args[1] as { pointers: readonly { to: Uint8Array }[] }).pointers;
    expect(pointers.map(({ to }) => [...to])).toEqual([
      [0xb7, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x95, 0, 0, 0, 0, 0, 0, 0],
      [0x47, 0x50, 0x4c, 0],
    ]);
  });

  test("with strings whose characters strace prints as hexadecimal or octal numbers", () => {
    const named = (name: string) =>
      fieldsIn(
        traced(
          `bpf(BPF_MAP_CREATE, {map_type=1, key_size=4, value_size=4, max_entries=1, map_name="${name}"}, 80) ${EPERM}`,
        ),
      ).map_name;
    expect([named("\\x70\\x6b\\x74"), named("p\\153\\x74"), named("p\\x6bx")]).toEqual([
      ...["pkt", "pkt", "pkx"],
    ]);
  });

  test.each(["key_size", "map_extra"])(
    "even if %s has more digits than a number can have",
    (name) => {
      const digits = "9".repeat(400);
      const map = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, max_entries=1, ${name}=${digits}}, 80) ${EPERM}`;
      const fields = fieldsIn(traced(map));
      expect([fields.map_type, fields.max_entries, Number(fields[name])]).toEqual([1, 1, 0]);
    },
  );

  test.each(["18446744073709551601", "0xfffffffffffffff1", "-15", "-0x000000000f"])(
    "with each digit of %s, which has 64 bits",
    (digits) => {
      const map = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_BLOOM_FILTER, map_extra=${digits}}, 80) ${EINVAL}`;
      expect(fieldsIn(traced(map)).map_extra).toBe(0xffff_ffff_ffff_fff1n);
      const update = `bpf(BPF_MAP_UPDATE_ELEM, {map_fd=3, flags=${digits}}, 32) ${EINVAL}`;
      expect(callText(traced(update))).toContain("flags=0xfffffffffffffff1");
    },
  );

  test.each([
    ["= -1 (errno 524)", -524],
    ["= -1 (errno 13)", -13],
    ["= -1 (errno 4000)", -4000],
    ["= ? ERESTARTSYS (To be restarted if SA_RESTART is set)", -512],
    ["= ? ERESTARTNEW (A name that is not known here)", 0],
  ])("with the result of '%s'", (end, result) => {
    expect(traced(`bpf(BPF_TOKEN_CREATE, {}, 8) ${end}`).result).toBe(result);
  });

  test("that says whether the log cuts it", () => {
    const cut = "the log of strace is cut";
    expect(traced(`bpf(BPF_MAP_CREATE, {map_type=1, ...}, 80) ${EPERM}`).incomplete).toBe(cut);
    expect(traced(`bpf(BPF_PROG_LOAD, {prog_type=6}, 80) ${EPERM}`).incomplete).toBe(cut);
    expect(traced(`bpf(BPF_TOKEN_CREATE, {}, 8) ${EPERM}`).incomplete).toBeUndefined();
  });
});

describe("the model names a reason in each state that is possible", () => {
  const open: KnownState = {
    ...{ release: "6.18", initial: undefined, effective: undefined, masks: undefined },
    unprivilegedBpfDisabled: undefined,
  };
  const ids = (line: string, known: Partial<KnownState> = {}) =>
    possibleReasons(traced(line), { ...open, ...known }).map(({ id }) => id);
  const load = (type: string, flags: string): string =>
    `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, insn_cnt=30, prog_flags=${flags}, prog_name="p"}, 148) ${EPERM}`;
  const any = (1n << 64n) - 1n;
  const masks = { cmds: any, maps: any, progs: any, attachs: any };

  test("of a token: the bits, then the capabilities", () => {
    const dropped = ["token.dropped.prog", "token.dropped.attach", "token.dropped.cmd"];
    expect(ids(load("XDP", "BPF_F_TOKEN_FD"))).toEqual([
      ...[...dropped, "prog.load.net_admin", "prog.load.sysctl"],
    ]);
    expect(ids(load("SOCKET_FILTER", "0x10000"), { masks })).toEqual(["prog.load.sysctl"]);
    const [reason] = possibleReasons(traced(load("XDP", "0x10000")), {
      ...open,
      masks: { ...masks, attachs: any & ~1n },
    });
    // The log has no attach type, and the kernel replaces 0 for other program types only.
    expect(reason).toMatchObject({ id: "token.dropped.attach", lacks: [{ bit: 0 }] });
  });

  test("without a token: the setting, and the capabilities if it is open", () => {
    expect(ids(load("KPROBE", "0"))).toEqual(["prog.load.sysctl", "prog.load.perfmon"]);
    expect(ids(load("KPROBE", "0"), { unprivilegedBpfDisabled: 0 })).toEqual([
      ...["prog.load.bpf", "prog.load.perfmon"],
    ]);
  });

  test.each([
    [EPERM, ["token.create.capable", "token.create.userns"]],
    [EINVAL, ["token.create.root"]],
    ["= -1 EBADF (Bad file descriptor)", ["token.create.fd"]],
    ["= -1 ENOENT (No such file or directory)", ["token.create.delegation"]],
    ["= -1 EOPNOTSUPP (Operation not supported)", ["token.create.init_ns"]],
  ])("of TOKEN_CREATE with %s", (end, expected) => {
    expect(ids(`bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) ${end}`)).toEqual(
      expected,
    );
  });

  test.each([
    ["no attr", { pid: 1, name: "bpf", args: [0, null, 0], result: -1 }],
    [
      "an unknown command",
      { pid: 1, name: "bpf", args: [99, { bytes: new Uint8Array(8) }, 8], result: -1 },
    ],
    ["another name", { pid: 1, name: "close", args: [3], result: -1 }],
  ])("and none of a call with %s", (_, call: TracedCall) => {
    expect(possibleReasons(call, open)).toEqual([]);
  });

  test("and none if no state explains the answer, or the log cuts what decides", () => {
    const enomem = "= -1 ENOMEM (Cannot allocate memory)";
    expect(ids(load("XDP", "0").replace(EPERM, enomem))).toEqual([]);
    expect(ids(`bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY, ...}, 80) ${EINVAL}`)).toEqual(
      [],
    );
  });
});

describe("a refused call names what its errno leaves", () => {
  const ids = (line: string) => explainText(line).candidates.map(({ id }) => id);
  const open = (errno: string) =>
    ids(`openat(AT_FDCWD, "/sys/kernel/tracing/kprobe_events", O_WRONLY) = -1 ${errno} (x)`);

  test("opening tracefs", () => {
    expect(open("EPERM")[0]).toBe("doctor.lockdown");
    expect(open("EACCES")).toEqual(["explain.tracefs"]);
    expect(open("EBUSY")).toEqual(["explain.busy"]);
    expect(open("EINVAL")).toEqual([]);
  });

  test("a link of kprobe.multi does not open a perf event", () => {
    const link = (type: string) =>
      ids(`bpf(BPF_LINK_CREATE, {link_create={attach_type=${type}}}, 64) = -1 EPERM (x)`);
    expect(link("BPF_TRACE_KPROBE_MULTI")).toEqual(["doctor.seccomp", "doctor.lsm"]);
    expect(ids("perf_event_open({type=6}, -1, 0, -1, 0) = -1 EPERM (x)")[0]).toBe(
      "explain.perf_event",
    );
  });

  test("a kernel without tokens ignores a delegate option: OP-20", () => {
    const line = 'fsconfig(3, FSCONFIG_SET_STRING, "delegate_progs", "xdp", 0) = -1 EINVAL (x)';
    expect(ids(line)).toEqual(["option.delegate.item"]);
    expect(explainText(line).candidates[0]?.cause).toContain("without BTF");
    expect(explainText(line.replace("xdp", "nothing")).candidates[0]?.cause).not.toContain("BTF");
  });
});
