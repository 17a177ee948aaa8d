// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import {
  attrLayout,
  type BpfCmdName,
  type KernelRelease,
  kernelReleases,
  releaseCode,
  type StructName,
  structLayout,
} from "../src/index.ts";

const since69 = kernelReleases.filter((release) => !release.startsWith("v"));

/** End of a command's last field, by the first release with that end. */
const ends: Readonly<Partial<Record<BpfCmdName, Partial<Record<KernelRelease, number>>>>> = {
  MAP_CREATE: { "v10-03": 72, v10: 76, "6.9": 80, "6.18": 92 },
  MAP_LOOKUP_ELEM: { "v10-03": 32 },
  MAP_UPDATE_ELEM: { "v10-03": 32 },
  MAP_DELETE_ELEM: { "v10-03": 16 },
  MAP_GET_NEXT_KEY: { "v10-03": 24 },
  PROG_LOAD: { "v10-03": 144, v10: 148, "6.15": 152, "6.18": 168 },
  OBJ_PIN: { "v10-03": 20 },
  OBJ_GET: { "v10-03": 20 },
  PROG_ATTACH: { "v10-03": 32 },
  PROG_DETACH: { "v10-03": 32 },
  PROG_TEST_RUN: { "v10-03": 76 },
  PROG_GET_NEXT_ID: { "v10-03": 8 },
  MAP_GET_NEXT_ID: { "v10-03": 8 },
  PROG_GET_FD_BY_ID: { "v10-03": 4 },
  MAP_GET_FD_BY_ID: { "v10-03": 12 },
  OBJ_GET_INFO_BY_FD: { "v10-03": 16 },
  PROG_QUERY: { "v10-03": 64 },
  RAW_TRACEPOINT_OPEN: { "v10-03": 12, "6.12": 24 },
  BTF_LOAD: { "v10-03": 32, v10: 36, "6.9": 40 },
  BTF_GET_FD_BY_ID: { "v10-03": 4, "6.15": 16 },
  TASK_FD_QUERY: { "v10-03": 48 },
  MAP_LOOKUP_AND_DELETE_ELEM: { "v10-03": 32 },
  MAP_FREEZE: { "v10-03": 4 },
  BTF_GET_NEXT_ID: { "v10-03": 8 },
  MAP_LOOKUP_BATCH: { "v10-03": 56 },
  MAP_LOOKUP_AND_DELETE_BATCH: { "v10-03": 56 },
  MAP_UPDATE_BATCH: { "v10-03": 56 },
  MAP_DELETE_BATCH: { "v10-03": 56 },
  LINK_CREATE: { "v10-03": 60 },
  LINK_UPDATE: { "v10-03": 16 },
  LINK_GET_FD_BY_ID: { "v10-03": 4 },
  LINK_GET_NEXT_ID: { "v10-03": 8 },
  ENABLE_STATS: { "v10-03": 4 },
  ITER_CREATE: { "v10-03": 8 },
  LINK_DETACH: { "v10-03": 4 },
  PROG_BIND_MAP: { "v10-03": 12 },
  TOKEN_CREATE: { "v10-03": 8 },
  PROG_STREAM_READ_BY_FD: { "6.17": 20 },
  PROG_ASSOC_STRUCT_OPS: { "7.0": 12 },
};

function expectedEnd(cmd: BpfCmdName, release: KernelRelease): number | undefined {
  const upTo = kernelReleases.slice(0, kernelReleases.indexOf(release) + 1);
  return upTo.map((r) => ends[cmd]?.[r]).findLast((end) => end !== undefined);
}

function field(cmd: BpfCmdName, release: KernelRelease, name: string) {
  const f = attrLayout(cmd, release).fields.find((x) => x.name === name);
  return f === undefined ? undefined : [f.offset, f.type];
}

describe.each(kernelReleases)("attributes in %s", (release) => {
  const size = release === "v10-03" ? 144 : releaseCode(release) >= 6018 ? 168 : 152;

  it.each(Object.keys(ends) as BpfCmdName[])("%s: size and end of the last field", (cmd) => {
    const end = expectedEnd(cmd, release);
    if (end === undefined) {
      expect(() => attrLayout(cmd, release)).toThrow(`release ${release} has no command ${cmd}`);
      return;
    }
    const layout = attrLayout(cmd, release);
    expect(layout.size).toBe(size);
    expect(layout.encode({}).bytes.length).toBe(size);
    expect(layout.lastFieldEnd).toBe(end);
  });
});

describe("token fields (section 0.3)", () => {
  it("TOKEN_CREATE is the same everywhere", () => {
    for (const r of kernelReleases) {
      expect(field("TOKEN_CREATE", r, "flags")).toEqual([0, "u32"]);
      expect(field("TOKEN_CREATE", r, "bpffs_fd")).toEqual([4, "u32"]);
    }
  });

  it("do not exist in patch 03 of the series", () => {
    expect(field("MAP_CREATE", "v10-03", "map_token_fd")).toBeUndefined();
    expect(field("PROG_LOAD", "v10-03", "prog_token_fd")).toBeUndefined();
    expect(field("BTF_LOAD", "v10-03", "btf_token_fd")).toBeUndefined();
  });

  it.each(["v10", "v10-reviewed"] as const)("are unsigned and early in %s", (r) => {
    expect(field("MAP_CREATE", r, "map_token_fd")).toEqual([72, "u32"]);
    expect(field("PROG_LOAD", r, "prog_token_fd")).toEqual([144, "u32"]);
    expect(field("BTF_LOAD", r, "btf_token_fd")).toEqual([32, "u32"]);
    expect(field("BTF_LOAD", r, "btf_flags")).toBeUndefined();
    expect(field("MAP_CREATE", r, "value_type_btf_obj_fd")).toBeUndefined();
  });

  it.each(since69)("are signed in %s", (r) => {
    expect(field("MAP_CREATE", r, "map_token_fd")).toEqual([76, "s32"]);
    expect(field("MAP_CREATE", r, "value_type_btf_obj_fd")).toEqual([72, "s32"]);
    expect(field("PROG_LOAD", r, "prog_token_fd")).toEqual([144, "s32"]);
    expect(field("BTF_LOAD", r, "btf_flags")).toEqual([32, "u32"]);
    expect(field("BTF_LOAD", r, "btf_token_fd")).toEqual([36, "s32"]);
  });

  it("exist for BTF_GET_FD_BY_ID since 6.15", () => {
    const at = kernelReleases.map((r) => field("BTF_GET_FD_BY_ID", r, "fd_by_id_token_fd"));
    const there = [12, "s32"];
    const since = kernelReleases.indexOf("6.15");
    expect(at).toEqual(kernelReleases.map((_, i) => (i < since ? undefined : there)));
  });

  it("have their flags fields at the specified offsets", () => {
    expect(field("MAP_CREATE", "6.18", "map_flags")).toEqual([16, "u32"]);
    expect(field("PROG_LOAD", "6.18", "prog_flags")).toEqual([44, "u32"]);
    expect(field("BTF_GET_FD_BY_ID", "6.18", "open_flags")).toEqual([8, "u32"]);
  });
});

describe("structures", () => {
  it.each([
    ["bpf_insn", 8],
    ["bpf_token_info", 32],
    ["bpf_map_info", 104],
    ["bpf_prog_info", 232],
    ["bpf_btf_info", 32],
    ["stat", 144],
    ["statfs", 120],
    ["open_how", 24],
    ["rlimit64", 16],
    ["cap_header", 8],
    ["cap_data", 12],
  ] as const)("%s has %i bytes in 6.18", (name, size) => {
    expect(structLayout(name).size).toBe(size);
    expect(structLayout(name).encode({}).bytes.length).toBe(size);
  });

  it("grow with the releases", () => {
    expect(structLayout("bpf_map_info", "6.17").size).toBe(88);
    expect(structLayout("bpf_map_info", "6.12").size).toBe(88);
    expect(() => structLayout("bpf_token_info", "6.12")).toThrow(
      "release 6.12 has no struct bpf_token_info",
    );
  });

  it("throw for an unknown name", () => {
    expect(() => structLayout("bpf_map_inf" as StructName)).toThrow(
      "structure 'bpf_map_inf' is unknown; did you mean 'bpf_map_info'?",
    );
    expect(() => structLayout("__proto__" as StructName)).toThrow(RangeError);
  });
});
