// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import {
  attrUnionSize,
  defaultRelease,
  factsRelease,
  isKernelRelease,
  type KernelRelease,
  kernelReleases,
  newestRelease,
  releaseCode,
} from "../src/index.ts";

describe("releases", () => {
  it("are ordered by age", () => {
    const codes = kernelReleases.map(releaseCode);
    expect(codes).toEqual([...codes].sort((a, b) => a - b));
    const firsts = ["v10-03", "v10", "v10-reviewed", "6.9", "6.12"] as const;
    expect(kernelReleases.slice(0, 5)).toEqual(firsts);
    expect(firsts.map(releaseCode)).toEqual([1, 2, 3, 6009, 6012]);
    expect(newestRelease).toBe(kernelReleases.at(-1));
    expect(defaultRelease).toBe(kernelReleases.at(-1));
  });

  it("have the attr union size in the specification (section 0.3, EN-09)", () => {
    const sizes = kernelReleases.map((r) => [r, attrUnionSize(r)] as const);
    for (const [release, size] of sizes.slice(1))
      expect([release, size]).toEqual([release, releaseCode(release) < 6018 ? 152 : 168]);
    expect(sizes[0]).toEqual(["v10-03", 144]);
  });

  it.each([
    ["6.18.44-cloud-amd64", "6.18"],
    ["6.18", "6.18"],
    ["6.9.0", "6.9"],
    ["6.10.3", "6.9"],
    ["6.12.118-1-amd64", "6.12"],
    ["6.14.0-rc2+", "6.12"],
    ["6.16.3", "6.15"],
    ["6.17.13", "6.17"],
    ["6.19.14", "6.19"],
    ["7.2.12-cloud-amd64", "7.2"],
    ["7.3.4", "7.3"],
    ["10.0.1", newestRelease],
    ["v10-reviewed", "v10-reviewed"],
  ])("kernel %s uses the facts of %s", (uname, release) => {
    expect(factsRelease(uname)).toBe(release);
  });

  it.each(["6.8.12", "5.15.0-91-generic", "2.6.39", "0.0"])("kernel %s has no facts", (uname) => {
    expect(() => factsRelease(uname)).toThrow(
      new RangeError(
        `kernel ${uname} has no BPF tokens; facts are known from 6.9 to ${newestRelease}`,
      ),
    );
  });

  it.each(["", "six", "6", "6.x", "Linux 6.18", "60000.1", "6.18888"])(
    "'%s' is not a kernel release",
    (text) => {
      expect(() => factsRelease(text)).toThrow(RangeError);
    },
  );

  it("understand every release since 6.9, with the facts of the nearest older one", () => {
    expect(["6.10", "6.11", "6.14", "6.16"].map((r) => releaseCode(r as "6.10"))).toEqual([
      6010, 6011, 6014, 6016,
    ]);
    expect([attrUnionSize("6.11"), attrUnionSize("6.16")]).toEqual([152, 152]);
    for (const other of ["6.8", "6.20", "98.0", "99.0"] as const) {
      expect(() => releaseCode(other)).toThrow(`kernel release '${other}' is unknown`);
    }
  });

  it("an error names an unknown release and the most similar one", () => {
    expect(() => releaseCode("v10-reviwed" as KernelRelease)).toThrow(
      `kernel release 'v10-reviwed' is unknown; known are ${kernelReleases.join(", ")}; did you mean 'v10-reviewed'?`,
    );
  });

  it("are distinguished from other text", () => {
    expect(isKernelRelease("6.12")).toBe(true);
    expect(isKernelRelease("6.12.1")).toBe(false);
    expect(isKernelRelease(6.12)).toBe(false);
    expect(isKernelRelease("constructor")).toBe(false);
  });
});
