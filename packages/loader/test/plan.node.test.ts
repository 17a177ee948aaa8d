// SPDX-License-Identifier: MIT
import { BPF_F } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { plan } from "../src/index.ts";
import { fixture } from "./compile.ts";

const commands = (calls: ReturnType<typeof plan>["calls"]): string[] =>
  calls.map(({ cmd, subject }) => `${cmd} ${subject}`.trim());

test("lists the calls of a load in order, without a kernel", (context) => {
  const { calls, notes, failure } = plan(fixture(context, "counter"));
  expect(commands(calls)).toEqual([
    "BTF_LOAD",
    "MAP_CREATE seen",
    "MAP_CREATE .rodata",
    "MAP_UPDATE_ELEM .rodata",
    "MAP_FREEZE .rodata",
    "MAP_CREATE .data",
    "MAP_UPDATE_ELEM .data",
    "MAP_CREATE .bss",
    "PROG_LOAD count",
  ]);
  expect(calls.map(({ purpose }) => purpose)).toEqual(calls.map(() => "object"));
  expect(calls.at(-1)?.attr).toMatchObject({
    prog_type: 6,
    expected_attach_type: 37,
    prog_name: "count",
    prog_flags: 0,
    license: "GPL",
    prog_btf_fd: calls[0]?.answer,
  });
  expect([notes, failure]).toEqual([[], undefined]);
});

test("creates a token first and passes it to every call that takes one", (context) => {
  const { calls } = plan(fixture(context, "counter"), { token: true });
  const [create] = calls;
  expect(create).toMatchObject({ cmd: "TOKEN_CREATE", purpose: "token" });
  const taking = calls.filter(({ cmd }) => /^(MAP_CREATE|PROG_LOAD|BTF_LOAD)$/.test(cmd));
  expect(taking).toHaveLength(6);
  for (const { attr } of taking) {
    const value = (name: string): unknown =>
      Object.entries(attr).find(([key]) => key.endsWith(name))?.[1];
    expect(value("token_fd")).toBe(create?.answer);
    const flags = attr.map_flags ?? attr.prog_flags ?? attr.btf_flags;
    expect(Number(flags) & BPF_F.TOKEN_FD).toBe(BPF_F.TOKEN_FD);
  }
});

test("loads only the selected programs; an error names an unknown program or map", (context) => {
  const object = fixture(context, "counter");
  expect(commands(plan(object, { programs: [] }).calls)).not.toContain("PROG_LOAD count");
  expect(() => plan(object, { programs: ["other"] })).toThrow("has no program other");
  expect(() => plan(object, { contents: new Map([[".mine", new Uint8Array()]]) })).toThrow(
    "has no map .mine",
  );
});

test("sets variables to the given values", (context) => {
  const contents = new Map([[".rodata", Uint8Array.of(9, 0, 0, 0)]]);
  const { calls } = plan(fixture(context, "counter"), { contents });
  const update = calls.find(
    ({ cmd, subject }) => cmd === "MAP_UPDATE_ELEM" && subject === ".rodata",
  );
  expect(update?.attr.value).toEqual(Uint8Array.of(9, 0, 0, 0));
});

test("a plan of a load that would fail ends with the reason", (context) => {
  const { calls, failure } = plan(fixture(context, "kernel"), { programs: ["traces"] });
  expect(commands(calls)).toEqual(["BTF_LOAD"]);
  expect(failure?.message).toBe(
    "program traces: tp_btf/sys_enter attaches to btf_trace_sys_enter, but the kernel provides no BTF",
  );
  const other = plan(fixture(context, "kernel"), { programs: ["asks"] });
  expect(other.failure?.message).toBe(
    "extern no_such_function: no such symbol of this type; it is not in the kernel's BTF, nor in that of its modules",
  );
});
