// SPDX-License-Identifier: MIT
import { BPF_F } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { plan } from "../src/index.ts";
import { fixture } from "./compile.ts";

const commands = (calls: ReturnType<typeof plan>["calls"]): string[] =>
  calls.map(({ cmd, subject }) => `${cmd} ${subject}`.trim());

test("the calls of a load, in their order, without a kernel", (context) => {
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

test("a token is made first and handed to every call that takes one", (context) => {
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

test("only what is asked for is loaded; what is not there is named", (context) => {
  const object = fixture(context, "counter");
  expect(commands(plan(object, { programs: [] }).calls)).not.toContain("PROG_LOAD count");
  expect(() => plan(object, { programs: ["other"] })).toThrow("has no program other");
  expect(() => plan(object, { contents: new Map([[".mine", new Uint8Array()]]) })).toThrow(
    "has no map .mine",
  );
});

test("variables have what is given in place of what the object has", (context) => {
  const contents = new Map([[".rodata", Uint8Array.of(9, 0, 0, 0)]]);
  const { calls } = plan(fixture(context, "counter"), { contents });
  const update = calls.find(
    ({ cmd, subject }) => cmd === "MAP_UPDATE_ELEM" && subject === ".rodata",
  );
  expect(update?.attr.value).toEqual(Uint8Array.of(9, 0, 0, 0));
});

test("where it could not be loaded a plan ends, and says why", (context) => {
  const { calls, failure } = plan(fixture(context, "kernel"), { programs: ["traces"] });
  expect(commands(calls)).toEqual(["BTF_LOAD"]);
  expect(failure?.message).toBe(
    "program traces: tp_btf/sys_enter is attached to btf_trace_sys_enter, but the kernel shows no types",
  );
  const other = plan(fixture(context, "kernel"), { programs: ["asks"] });
  expect(other.failure?.message).toBe(
    "extern no_such_function: it is not in the types of the kernel, nor in those of its modules, or of another type there",
  );
});
