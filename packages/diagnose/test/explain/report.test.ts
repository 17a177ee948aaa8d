// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { explainErrno, explainText, type Facts } from "../../src/index.ts";
import { BPF, BPF_NET_ADMIN, bpffs, container, withCapabilities } from "../facts.ts";

const EPERM = "= -1 EPERM (Operation not permitted)";
const load = (type: string, attach: string): string =>
  `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, insn_cnt=85, prog_flags=BPF_F_TOKEN_FD, expected_attach_type=${attach}, prog_token_fd=4}, 148) ${EPERM}`;
const xdp = load("XDP", "BPF_XDP");
const errors = "libbpf: prog 'count': BPF program load failed: -EPERM";
const any = {
  delegate_cmds: "any",
  delegate_maps: "any",
  delegate_progs: "any",
  delegate_attachs: "any",
};
const delegating = (effective: string, delegates = any): Facts =>
  withCapabilities(effective, { bpffs: [{ ...bpffs, delegates }] });
const answer = (text: string, facts: Facts) => {
  const { candidates, excluded } = explainText(text, { facts });
  return { ids: candidates.map(({ id }) => id), excluded: excluded.map(({ id }) => id) };
};

describe("the facts of a report", () => {
  test("exclude the masks if they allow everything: the capability is missing", () => {
    const { ids, excluded } = answer(xdp, delegating(BPF));
    expect([ids, excluded]).toEqual([["prog.load.net_admin"], ["prog.load.sysctl"]]);
    const tracing = answer(load("KPROBE", "0"), delegating(BPF_NET_ADMIN));
    expect(tracing.ids).toEqual(["prog.load.perfmon"]);
  });

  test.each([
    ["one without delegate options", { delegates: {} }],
    ["one that the host owns", { onHost: true }],
  ])("give the masks of the BPF filesystem that a token comes from, not of %s", (_, more) => {
    const other = { ...bpffs, path: "/run/bpf", ...more };
    const lacking = { ...any, delegate_progs: "kprobe" };
    const facts = (...mounts: Facts["bpffs"]) =>
      withCapabilities(BPF_NET_ADMIN, { bpffs: [...mounts, other] });
    expect(explainText(xdp, { facts: facts({ ...bpffs, delegates: lacking }) })).toMatchObject({
      candidates: [{ id: "token.dropped.prog", confidence: "certain" }],
    });
    const { ids, excluded } = answer(errors, facts({ ...bpffs, delegates: any }));
    expect(ids).not.toContain("token.dropped.prog");
    expect(excluded).toContain("token.dropped.prog");
    expect(answer(errors, facts()).ids).toContain("token.dropped.prog");
  });

  test("exclude every cause that fits: then the answer is open", () => {
    const { candidates, verdict } = explainText(xdp, { facts: delegating(BPF_NET_ADMIN) });
    expect(candidates).toEqual([]);
    expect(verdict).toMatch(/^cannot tell: the facts exclude every cause/);
  });

  test("exclude the verifier's check of a capability that the process has", () => {
    const compares =
      "insns=[{code=BPF_JMP|BPF_X|BPF_JGT, dst_reg=BPF_REG_1, src_reg=BPF_REG_10, off=0, imm=0}, {code=BPF_ALU64|BPF_K|BPF_MOV, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0x2}, {code=BPF_JMP|BPF_K|BPF_EXIT, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}]";
    const line = `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=3, ${compares}, prog_flags=0x10000, prog_name="p"}, 148) = -1 EACCES (Permission denied)`;
    expect(answer(line, delegating(BPF_NET_ADMIN)).ids[0]).toBe("verify.leak");
    const all = answer(line, delegating("1ffffffffff"));
    expect([all.ids[0], all.excluded]).toEqual([
      "explain.verifier",
      ["verify.leak", "explain.verifier_capability"],
    ]);
    const host = withCapabilities(BPF, { userns: { inode: 4026531837, initial: true } });
    const devmap = `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_DEVMAP, key_size=4, value_size=4, max_entries=1, map_flags=0}, 80) = -1 EPERM (x)`;
    expect(answer(devmap, host).ids[0]).toBe("map.create.capable");
  });

  test("name the bit that a mask lacks", () => {
    const facts = delegating(BPF_NET_ADMIN, { ...any, delegate_progs: "kprobe" });
    expect(explainText(xdp, { facts })).toMatchObject({
      candidates: [{ id: "token.dropped.prog", fix: ["add xdp to delegate_progs"] }],
      unknown: [],
    });
  });

  test("give way to the options in a log", () => {
    const options = Object.keys(any)
      .map((name) => `fsconfig(3, FSCONFIG_SET_STRING, "${name}", "any", 0) = 0\n`)
      .join("");
    const facts = delegating(BPF, { ...any, delegate_progs: "kprobe" });
    expect(answer(options + xdp, facts).ids).toEqual(["prog.load.net_admin"]);
  });

  test.each<[string, string, Partial<Facts>, string]>([
    [
      "a library's text",
      "libbpf: prog 'p': BPF program load failed: Operation not permitted",
      {},
      "token.dropped.prog",
    ],
    [
      "a module that is not active",
      "libbpf: prog 'p': BPF program load failed: Operation not permitted",
      { lsms: ["lockdown", "capability", "yama"] },
      "doctor.lsm",
    ],
    ["no filter", "bpf(BPF_MAP_CREATE): Operation not permitted", {}, "doctor.seccomp"],
    ["an owner", "BPF_TOKEN_CREATE: Operation not permitted", {}, "token.create.userns"],
    ["a capability", "BPF_TOKEN_CREATE: Operation not permitted", {}, "token.create.capable"],
    ["a delegation", "BPF_TOKEN_CREATE: No such file or directory", {}, "token.create.delegation"],
    ["a namespace", "BPF_TOKEN_CREATE: Operation not supported", {}, "token.create.init_ns"],
  ])("exclude a cause: %s", (_, text, more, id) => {
    const facts = container({ ...delegating(BPF_NET_ADMIN), ...more });
    const { ids, excluded } = answer(text, facts);
    expect(ids).not.toContain(id);
    expect(excluded).toContain(id);
    expect(explainText(text).candidates.map((one) => one.id)).toContain(id);
  });

  test("of the host without CAP_NET_ADMIN leave that capability", () => {
    const facts = withCapabilities(BPF, { userns: { inode: 4026531837, initial: true } });
    const text = "libbpf: prog 'p': BPF program load failed: Operation not permitted";
    expect(answer(text, facts).ids[0]).toBe("prog.load.net_admin");
  });

  test("of the host with CAP_BPF name no token, which nothing there can have", () => {
    const facts = withCapabilities(BPF, { userns: { inode: 4026531837, initial: true } });
    for (const text of ["bpf(BPF_MAP_CREATE): Operation not permitted", "BPF_MAP_CREATE: EPERM"]) {
      expect(answer(text, facts).ids[0]).toBe("doctor.lsm");
      expect(explainText(text, { facts }).token).toBe("no");
    }
  });

  test("count for an errno with a token, too", () => {
    const call = { errno: "EPERM", cmd: "prog_load", type: "xdp", attach: "xdp", token: true };
    const { candidates } = explainErrno(call, { facts: delegating(BPF) });
    expect(candidates[0]?.id).toBe("prog.load.net_admin");
  });
});
