// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { matrixCompared, matrixNames, matrixRows, needText } from "../src/matrix.ts";

describe("matrixRows", () => {
  test("returns the needs of XDP programs", () => {
    const [row, ...others] = matrixRows("prog XDP", { release: "6.18" });
    expect(others).toEqual([]);
    expect(row?.init.sets).toEqual([["CAP_BPF", "CAP_NET_ADMIN"], ["CAP_SYS_ADMIN"]]);
    expect(row?.child).toEqual({ sets: [], refusals: ["EPERM"] });
    expect(row?.withToken?.sets).toEqual(row?.init.sets);
    expect(row?.lackingIsNone).toBe(true);
    expect(row?.attach).toHaveLength(58);
  });

  test("arrays need no capability if unprivileged bpf() is enabled", () => {
    const closed = matrixRows("map ARRAY", { release: "6.12" });
    const open = matrixRows("map ARRAY", { release: "6.12", open: true });
    expect(closed.map(({ init }) => needText(init))).toEqual(["CAP_BPF, or CAP_SYS_ADMIN"]);
    expect(open.map(({ child }) => needText(child))).toEqual(["nothing"]);
  });

  test("attach types with the same answers share a row", () => {
    const rows = matrixRows("prog NETFILTER", { release: "6.18" });
    expect(rows.map(({ attach, init }) => [attach?.length, init.then])).toEqual(
      expect.arrayContaining([
        [1, undefined],
        [57, "EINVAL"],
      ]),
    );
  });

  test("BTF_GET_FD_BY_ID takes a token since 6.15; in v10-03, no map creation does", () => {
    const token = (name: string, release: "v10-03" | "6.12" | "6.15") =>
      matrixRows(name, { release }).map(({ withToken }) => withToken && needText(withToken));
    expect(token("btf BTF_GET_FD_BY_ID", "6.12")).toEqual(["never: EINVAL"]);
    expect(token("btf BTF_GET_FD_BY_ID", "6.15")).toEqual(["CAP_SYS_ADMIN"]);
    expect(token("map ARRAY", "v10-03")).toEqual([undefined]);
  });

  test("matrixNames returns the names of the release", () => {
    expect(matrixNames("6.18")).toContain("map ARENA");
    expect(matrixNames("v10")).not.toContain("map ARENA");
    expect(() => matrixRows("map NOTHING", { release: "6.18" })).toThrow("no row 'map NOTHING'");
  });

  test("lists the real kernels that gave the same answers", () => {
    const native = matrixCompared.find(({ name }) => name === "native");
    expect(native?.cells).toBeGreaterThan(300_000);
    expect(native?.reasons.every(({ why, rows }) => why !== "" && rows > 0)).toBe(true);
  });
});
