// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import {
  AttachType,
  BpfCmd,
  type DelegationEnum,
  enumBound,
  enumMembers,
  type KernelRelease,
  kernelReleases,
  knownMask,
  MapType,
  memberSince,
  newestRelease,
  ProgType,
} from "../src/index.ts";

/**
 * Sections 0.3 and 12.1 of the specification: commands, map types, program types, attach types. A
 * release without a row is as the one before.
 */
const bounds: Readonly<Partial<Record<KernelRelease, readonly number[]>>> = {
  "v10-03": [37, 33, 33, 56],
  v10: [37, 33, 33, 56],
  "v10-reviewed": [37, 33, 33, 56],
  "6.9": [37, 34, 33, 56],
  "6.12": [37, 34, 33, 57],
  "6.15": [37, 34, 33, 58],
  "6.17": [38, 34, 33, 58],
  "6.18": [38, 34, 33, 58],
  "6.19": [38, 35, 33, 58],
  "7.0": [39, 35, 33, 59],
  "7.2": [39, 36, 33, 62],
};
const boundsOf = (release: KernelRelease) =>
  kernelReleases
    .slice(0, kernelReleases.indexOf(release) + 1)
    .reduce<readonly number[]>((last, one) => bounds[one] ?? last, []);
const kinds = ["bpf_cmd", "bpf_map_type", "bpf_prog_type", "bpf_attach_type"] as const;

describe.each(kernelReleases)("enums of %s", (release) => {
  it("have the bounds in the specification", () => {
    expect(kinds.map((k) => enumBound(k, release))).toEqual(boundsOf(release));
  });

  it.each(kinds)("%s has every value below its bound and none above", (kind) => {
    const values = new Set(enumMembers(kind, release).map((m) => m.value));
    expect([...values].sort((a, b) => a - b)).toEqual([...Array(enumBound(kind, release)).keys()]);
    expect(knownMask(kind, release)).toBe(2n ** BigInt(enumBound(kind, release)) - 1n);
  });

  it.each(kinds)("%s has each name once", (kind) => {
    const names = enumMembers(kind, release).map((m) => m.name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("members", () => {
  it("are in order of declaration, the printed name of an alias first (RN-06)", () => {
    const at = (kind: DelegationEnum, value: number) =>
      enumMembers(kind, "6.18")
        .filter((m) => m.value === value)
        .map((m) => m.name);
    expect(at("bpf_cmd", 10)).toEqual(["PROG_TEST_RUN", "PROG_RUN"]);
    expect(at("bpf_map_type", 19)).toEqual(["CGROUP_STORAGE_DEPRECATED", "CGROUP_STORAGE"]);
    expect(at("bpf_map_type", 21)).toEqual([
      "PERCPU_CGROUP_STORAGE_DEPRECATED",
      "PERCPU_CGROUP_STORAGE",
    ]);
  });

  it("appear in the release that the specification gives (section 0.3)", () => {
    const has = (kind: DelegationEnum, name: string) =>
      kernelReleases.filter((r) => enumMembers(kind, r).some((m) => m.name === name));
    const from = (release: KernelRelease) => kernelReleases.slice(kernelReleases.indexOf(release));
    expect(has("bpf_cmd", "TOKEN_CREATE")).toEqual(kernelReleases);
    expect(has("bpf_cmd", "PROG_STREAM_READ_BY_FD")).toEqual(from("6.17"));
    expect(has("bpf_cmd", "PROG_ASSOC_STRUCT_OPS")).toEqual(from("7.0"));
    expect(has("bpf_map_type", "ARENA")).toEqual(from("6.9"));
    expect(has("bpf_map_type", "INSN_ARRAY")).toEqual(from("6.19"));
    expect(has("bpf_map_type", "RHASH")).toEqual(from("7.2"));
    expect(has("bpf_attach_type", "TRACE_FSESSION")).toEqual(from("7.0"));
    expect(has("bpf_attach_type", "TRACE_FSESSION_MULTI")).toEqual(from("7.2"));
    expect(has("bpf_attach_type", "TRACE_KPROBE_SESSION")).toEqual(from("6.12"));
    expect(has("bpf_attach_type", "TRACE_UPROBE_SESSION")).toEqual(from("6.15"));
  });

  it("match the constant objects in the newest release", () => {
    // AttachType also has names of later releases, because section names of objects use them.
    const bound = boundsOf(newestRelease)[3] ?? 0;
    const attach = Object.entries(AttachType).filter(([, value]) => value < bound);
    const objects = [BpfCmd, MapType, ProgType, Object.fromEntries(attach)];
    for (const [i, kind] of kinds.entries()) {
      expect(
        Object.fromEntries(enumMembers(kind, newestRelease).map((m) => [m.name, m.value])),
      ).toEqual(objects[i]);
    }
  });

  it("have the numbers in the specification", () => {
    expect(BpfCmd.MAP_CREATE).toBe(0);
    expect(BpfCmd.PROG_LOAD).toBe(5);
    expect(BpfCmd.BTF_LOAD).toBe(18);
    expect(BpfCmd.BTF_GET_FD_BY_ID).toBe(19);
    expect(BpfCmd.LINK_CREATE).toBe(28);
    expect(BpfCmd.PROG_BIND_MAP).toBe(35);
    expect(BpfCmd.TOKEN_CREATE).toBe(36);
    expect(MapType.STACK).toBe(23);
    expect(ProgType.XDP).toBe(6);
    expect(AttachType.CGROUP_INET_SOCK_CREATE).toBe(2);
    expect(AttachType.SK_REUSEPORT_SELECT).toBe(39);
    expect(AttachType.XDP).toBe(37);
  });

  it("throw for an unknown enum", () => {
    expect(() => enumMembers("toString" as DelegationEnum, "6.18")).toThrow(
      "'toString' is not an enum that a token delegates; use one of bpf_cmd, bpf_map_type, bpf_prog_type, bpf_attach_type",
    );
  });

  it("say since which release they exist", () => {
    expect(memberSince("bpf_attach_type", AttachType.TRACE_UPROBE_SESSION)).toBe("6.13");
    expect(memberSince("bpf_cmd", BpfCmd.TOKEN_CREATE)).toBe("6.9");
    expect(memberSince("bpf_cmd", BpfCmd.MAP_CREATE)).toBeUndefined();
    expect(memberSince("bpf_map_type", 63)).toBeUndefined();
    expect(() => memberSince("bpf_teapot" as DelegationEnum, 0)).toThrow(RangeError);
  });
});
