// SPDX-License-Identifier: MIT
import { AttachType, BPF_F, HelperId, MapType, ProgType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { type PlannedCall, type PlanOptions, plan } from "../src/index.ts";
import { helpers } from "../src/plan/libbpf/samples.ts";
import { fixture } from "./compile.ts";

const libbpf = (object: Uint8Array, options: PlanOptions = {}): readonly PlannedCall[] =>
  plan(object, { ...options, loader: "libbpf" }).calls;

/** Lists the probes, and in brackets the calls for the object. */
const formatCalls = (calls: readonly PlannedCall[]): readonly string[] =>
  calls
    .map(({ feature, cmd, subject }) => feature ?? `[${`${cmd} ${subject}`.trim()}]`)
    .filter((text, i, all) => text !== all[i - 1]);

const aboutTypes = [
  ...["btf", "btf_global_func", "btf_datasec", "btf_float"],
  ...["btf_type_tag", "btf_enum64", "btf_qmark_datasec"],
];

test("probes each feature once, on first use", (context) => {
  expect(formatCalls(libbpf(fixture(context, "counter")))).toEqual([
    ...["memcg_account", "loading", "prog_name", "array_mmap"],
    ...["btf_func", "btf_decl_tag", "arg_ctx_tag", ...aboutTypes, "[BTF_LOAD]"],
    ...["[MAP_CREATE seen]", "global_data", "[MAP_CREATE .rodata]"],
    ...["[MAP_UPDATE_ELEM .rodata]", "[MAP_FREEZE .rodata]"],
    ...["[MAP_CREATE .data]", "[MAP_UPDATE_ELEM .data]", "[MAP_CREATE .bss]"],
    ...["exp_attach_type", "[PROG_LOAD count]", "prog_bind_map"],
  ]);
});

test("does not probe features that the object does not use", (context) => {
  const calls = formatCalls(libbpf(fixture(context, "minimal")));
  for (const feature of ["array_mmap", "global_data", "probe_read_kern", "prog_bind_map"]) {
    expect(calls).not.toContain(feature);
  }
  // The program that arg_ctx_tag loads is the first object with a name.
  expect(calls.indexOf("prog_name")).toBe(calls.indexOf("arg_ctx_tag") + 1);
});

test("objectNeeds() allows the types and attach types of the probes", (context) => {
  const calls = libbpf(fixture(context, "counter"));
  const of = (feature: string) => calls.filter((call) => call.feature === feature);
  expect(of("global_data").map(({ cmd, attr }) => [cmd, attr.map_type ?? attr.prog_type])).toEqual([
    ["MAP_CREATE", MapType.ARRAY],
    ["PROG_LOAD", ProgType.SOCKET_FILTER],
  ]);
  expect(of("exp_attach_type").map(({ attr }) => attr)).toEqual([
    expect.objectContaining({
      prog_type: ProgType.CGROUP_SOCK,
      expected_attach_type: AttachType.CGROUP_INET_SOCK_CREATE,
    }),
  ]);
  expect(of("array_mmap")[0]?.attr.map_flags).toBe(BPF_F.MMAPABLE);
  // The immediate of the first instruction is the helper id.
  const helper = [HelperId.ktime_get_coarse_ns, 0, 0, 0];
  const insns = [0x85, 0, 0, 0, ...helper, 0x95, 0, 0, 0, 0, 0, 0, 0];
  expect(of("memcg_account")[0]?.attr.insns).toEqual(Uint8Array.from(insns));
});

test("helper ids match the kernel's", () => {
  const known = Object.keys(helpers).map((name) => [name, HelperId[name as keyof typeof HelperId]]);
  expect(Object.entries(helpers)).toEqual(known);
});

test("makes all probes with the token, except the two of the process", (context) => {
  const calls = libbpf(fixture(context, "counter"), { token: true });
  expect(calls[0]).toMatchObject({ cmd: "TOKEN_CREATE", purpose: "token" });
  const taking = calls.filter(
    ({ cmd, purpose }) => purpose === "probe" && /^(MAP_CREATE|PROG_LOAD|BTF_LOAD)$/.test(cmd),
  );
  const token = ({ attr }: PlannedCall): unknown =>
    attr.map_token_fd ?? attr.prog_token_fd ?? attr.btf_token_fd;
  const without = taking.filter((call) => token(call) === undefined);
  expect(without.map(({ feature }) => feature)).toEqual(["memcg_account", "prog_name"]);
  expect(taking.filter(({ feature }) => feature === "prog_name")).toHaveLength(2);
  const others = new Set(taking.filter((call) => !without.includes(call)).map(token));
  expect([...others]).toEqual([calls[0]?.answer]);
});

test("makes the same calls for the object as this loader", (context) => {
  const object = fixture(context, "counter");
  const own = (calls: readonly PlannedCall[]) =>
    calls.filter(({ purpose }) => purpose === "object").map(({ cmd, subject }) => [cmd, subject]);
  expect(own(libbpf(object))).toEqual(own(plan(object).calls));
  expect(plan(object).calls.some(({ purpose }) => purpose === "probe")).toBe(false);
});

test("plans libbpf's probes before a program that cannot be loaded", (context) => {
  const options: PlanOptions = { loader: "libbpf", programs: ["instead"] };
  const { calls, failure } = plan(fixture(context, "trampolines"), options);
  expect(failure?.phase).toBe("program");
  expect(formatCalls(calls)).toContain("arg_ctx_tag");
  expect(formatCalls(calls)).not.toContain("[PROG_LOAD instead]");
});
