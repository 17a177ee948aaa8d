// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { matrixCompared, matrixNames, matrixRows, needText } from "../src/matrix.ts";

describe("who may make what", () => {
  test("XDP programs", () => {
    const [row, ...others] = matrixRows("prog XDP", { release: "6.18" });
    expect(others).toEqual([]);
    expect(row?.init.sets).toEqual([["CAP_BPF", "CAP_NET_ADMIN"], ["CAP_SYS_ADMIN"]]);
    expect(row?.child).toEqual({ sets: [], refusals: ["EPERM"] });
    expect(row?.withToken?.sets).toEqual(row?.init.sets);
    expect(row?.lackingIsNone).toBe(true);
    expect(row?.attach).toHaveLength(58);
  });

  test("arrays need no capability where everybody may", () => {
    const closed = matrixRows("map ARRAY", { release: "6.12" });
    const open = matrixRows("map ARRAY", { release: "6.12", open: true });
    expect(closed.map(({ init }) => needText(init))).toEqual(["CAP_BPF, or CAP_SYS_ADMIN"]);
    expect(open.map(({ child }) => needText(child))).toEqual(["nothing"]);
  });

  test("attach types that are answered alike are one row", () => {
    const rows = matrixRows("prog NETFILTER", { release: "6.18" });
    expect(rows.map(({ attach, init }) => [attach?.length, init.then])).toEqual(
      expect.arrayContaining([
        [1, undefined],
        [57, "EINVAL"],
      ]),
    );
  });

  test("a token for BTF by number is there since 6.15, for nothing in the first posts", () => {
    const token = (name: string, release: "v10-03" | "6.12" | "6.15") =>
      matrixRows(name, { release }).map(({ withToken }) => withToken && needText(withToken));
    expect(token("btf BTF_GET_FD_BY_ID", "6.12")).toEqual(["never: EINVAL"]);
    expect(token("btf BTF_GET_FD_BY_ID", "6.15")).toEqual(["CAP_SYS_ADMIN"]);
    expect(token("map ARRAY", "v10-03")).toEqual([undefined]);
  });

  test("names are those of the release", () => {
    expect(matrixNames("6.18")).toContain("map ARENA");
    expect(matrixNames("v10")).not.toContain("map ARENA");
    expect(() => matrixRows("map NOTHING", { release: "6.18" })).toThrow("called 'map NOTHING'");
  });

  test("real kernels gave the same answers", () => {
    const native = matrixCompared.find(({ name }) => name === "native");
    expect(native?.cells).toBeGreaterThan(300_000);
    expect(native?.reasons.every(({ why, rows }) => why !== "" && rows > 0)).toBe(true);
  });
});
