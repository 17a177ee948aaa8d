// SPDX-License-Identifier: MIT
import type { DelegationOptions } from "@bpf-token/syscall";
import {
  AttachType,
  type AttrByCmd,
  attrLayout,
  BPF_F,
  BpfCmd,
  type BpfCmdName,
  ProgType,
} from "@bpf-token/uapi";
import { intBtf, laterMapTypes, mapTypes } from "../proofs/map-types.js";
import type { MatrixFixture, TokenUse } from "./fixture.js";
import type { Call, Question } from "./question.js";

const ALL = (1n << 64n) - 1n;
const hex = (mask: bigint): string => `0x${mask.toString(16)}`;
const bit = (n: number): bigint => 1n << BigInt(n);
const but = (n: number): bigint => ALL & ~bit(n);

type Masks = Partial<Record<"cmds" | "maps" | "progs" | "attachs", bigint>>;

function token(
  fixture: MatrixFixture,
  { cmds = ALL, maps = ALL, progs = ALL, attachs = ALL }: Masks,
) {
  const options: DelegationOptions = {
    delegate_cmds: hex(cmds),
    delegate_maps: hex(maps),
    delegate_progs: hex(progs),
    delegate_attachs: hex(attachs),
  };
  return fixture.token(options);
}

function call<C extends BpfCmdName>(
  { release }: MatrixFixture,
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
): Call {
  const layout = attrLayout(cmd, release);
  return { cmd: BpfCmd[cmd], attr: layout.encode(attr), size: layout.size };
}

/** Returns the tokens of a row: a sufficient one, and for each bit one that lacks only this bit. */
function uses(
  fixture: MatrixFixture,
  right: Masks,
  lacking: Partial<Record<TokenUse, Masks>>,
): readonly (readonly [TokenUse, number | undefined])[] {
  if (!fixture.hasTokens) return [["none", undefined]];
  return [
    ["none", undefined],
    ["right", token(fixture, right)],
    ...Object.entries(lacking).map(
      ([use, masks]) => [use as TokenUse, token(fixture, masks)] as const,
    ),
  ];
}

/** Returns the flag that marks the token field as set, if the release has the flag. */
function flag(fixture: MatrixFixture, fd: number | undefined): number {
  return fd !== undefined && fixture.hasTokenFlag ? BPF_F.TOKEN_FD : 0;
}

/** Rows of MAP_CREATE, for each type. */
function maps(fixture: MatrixFixture): readonly Question[] {
  const cmd = BpfCmd.MAP_CREATE;
  const things = { inner_map_fd: fixture.innerMap, btf_fd: fixture.btf };
  return [...mapTypes, ...laterMapTypes].map(({ type, name, attr }) => {
    const calls = uses(
      fixture,
      { cmds: bit(cmd), maps: bit(type), progs: 0n, attachs: 0n },
      { "lacks cmd": { cmds: but(cmd) }, "lacks type": { maps: but(type) } },
    ).map(([use, fd]) => {
      const map_flags = ((attr.map_flags ?? 0) | flag(fixture, fd)) >>> 0;
      const passed = fd === undefined ? {} : { map_token_fd: fd };
      const full = { ...things, ...attr, map_type: type, map_flags, ...passed };
      return [use, call(fixture, "MAP_CREATE", full)] as const;
    });
    const asked = { cmd: "BPF_MAP_CREATE", attr: { map_type: `BPF_MAP_TYPE_${name}` } };
    return { row: `map ${name}`, asked, calls: new Map(calls) };
  });
}

/** `mov r0, RETURNS; exit`. */
function program(returns: number): Uint8Array {
  return Uint8Array.of(0xb7, 0, 0, 0, returns, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
}

/** The attributes that the verifier requires of a program type. */
function taken(type: number): Partial<AttrByCmd["PROG_LOAD"]> {
  const returns = type === ProgType.CGROUP_SOCK_ADDR ? 1 : 0;
  const prog_flags = type === ProgType.SYSCALL ? BPF_F.SLEEPABLE : 0;
  return { insns: program(returns), insn_cnt: 2, license: "GPL", prog_flags };
}

/** The attach types of the matrix: those of all releases, and one more. */
export const attachTypes: readonly number[] = Array.from(
  { length: Math.max(...Object.values(AttachType)) + 2 },
  (_, n) => n,
);

/** Rows of PROG_LOAD, for each type and attach type. */
function programs(fixture: MatrixFixture, attach: readonly number[]): readonly Question[] {
  const types = Object.entries(ProgType).filter(([, type]) => type > 0);
  return types.flatMap(([name, type]) =>
    attach.map((to) => ({
      row: `prog ${name} ${to}`,
      asked: {
        cmd: "BPF_PROG_LOAD",
        attr: { prog_type: `BPF_PROG_TYPE_${name}`, expected_attach_type: String(to) },
      },
      calls: programCalls(fixture, type, to),
    })),
  );
}

function programCalls(fixture: MatrixFixture, type: number, to: number): Question["calls"] {
  const cmd = BpfCmd.PROG_LOAD;
  const fine = taken(type);
  const calls = uses(
    fixture,
    { cmds: bit(cmd), maps: 0n, progs: bit(type) },
    {
      "lacks cmd": { cmds: but(cmd) },
      "lacks type": { progs: but(type) },
      "lacks attach": { attachs: but(to) },
    },
  ).map(([use, fd]) => {
    const prog_flags = ((fine.prog_flags ?? 0) | flag(fixture, fd)) >>> 0;
    const passed = fd === undefined ? {} : { prog_token_fd: fd };
    const full = { ...fine, prog_type: type, expected_attach_type: to, prog_flags, ...passed };
    return [use, call(fixture, "PROG_LOAD", full)] as const;
  });
  return new Map(calls);
}

function btfLoad(fixture: MatrixFixture): Question {
  const cmd = BpfCmd.BTF_LOAD;
  const blob = { btf: { bytes: intBtf, dir: "in" as const }, btf_size: intBtf.length };
  const calls = uses(
    fixture,
    { cmds: bit(cmd), maps: 0n, progs: 0n, attachs: 0n },
    { "lacks cmd": { cmds: but(cmd) } },
  ).map(([use, fd]) => {
    const flags = fixture.hasTokenFlag ? { btf_flags: flag(fixture, fd) } : {};
    const passed = fd === undefined ? {} : { btf_token_fd: fd };
    return [use, call(fixture, "BTF_LOAD", { ...blob, ...flags, ...passed })] as const;
  });
  return { row: "btf BTF_LOAD", asked: { cmd: "BPF_BTF_LOAD", attr: {} }, calls: new Map(calls) };
}

/** The row of BTF_GET_FD_BY_ID. It takes a token since 6.15; earlier its token fields are past the end. */
function btfById(fixture: MatrixFixture): Question {
  const cmd = BpfCmd.BTF_GET_FD_BY_ID;
  const calls = uses(
    fixture,
    { cmds: bit(cmd), maps: 0n, progs: 0n, attachs: 0n },
    { "lacks cmd": { cmds: but(cmd) } },
  ).map(([use, fd]) => {
    const passed = fd === undefined ? {} : { open_flags: BPF_F.TOKEN_FD, fd_by_id_token_fd: fd };
    return [use, byId(fixture, passed)] as const;
  });
  const asked = { cmd: "BPF_BTF_GET_FD_BY_ID", attr: {} };
  return { row: "btf BTF_GET_FD_BY_ID", asked, calls: new Map(calls) };
}

/** Encodes with the layout of the newest release. For an older release, new fields are a tail. */
function byId({ btfId, release }: MatrixFixture, passed: object): Call {
  const attr = attrLayout("BTF_GET_FD_BY_ID", "6.18").encode({ btf_id: btfId, ...passed });
  const { size } = attrLayout("BTF_GET_FD_BY_ID", release);
  return { cmd: BpfCmd.BTF_GET_FD_BY_ID, attr, size };
}

/** All rows except those of TOKEN_CREATE. */
export function questions(
  fixture: MatrixFixture,
  attach: readonly number[] = attachTypes,
): readonly Question[] {
  return [...maps(fixture), ...programs(fixture, attach), btfLoad(fixture), btfById(fixture)];
}
