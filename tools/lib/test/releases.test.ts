// SPDX-License-Identifier: MIT
import { readdirSync } from "node:fs";
import { kernelReleases, linuxCode, newestRelease, releaseCode } from "@bpf-token/uapi";
import { subjectNames } from "bpf-token/subjects";
import { expect, test } from "vitest";
import * as tools from "../releases.mjs";
import { root } from "../run.mjs";

test.each(["6.12.3-amd64", "7.0", "6.9-rc1", "12.345"])(
  "the number of %s is that of uapi",
  (text) => {
    expect(tools.linuxCode(text)).toBe(linuxCode(text));
  },
);

test.each(["", "v10", "6", "6.1234"])("'%s' has no number, as in uapi", (text) => {
  expect([tools.linuxCode(text), linuxCode(text)]).toEqual([Number.NaN, undefined]);
});

test("the releases of tools and packages are the same", () => {
  expect(tools.readReleases().map(({ name }) => name)).toEqual([...kernelReleases]);
  expect(kernelReleases.map(tools.codeOf)).toEqual(kernelReleases.map(releaseCode));
  expect(tools.newest).toBe(newestRelease);
  const guests = tools.guestNames.map((name) => `guest:${name}`);
  const modules = tools.bpfReleases.map((name) => `bpf:${name}`);
  expect(subjectNames).toEqual(["model", "native", ...guests, ...modules]);
});

test("a module can be built for a release with a folder of its C", () => {
  const folders = readdirSync(`${root}core-c/kernel-bpf/releases`);
  expect(folders.sort()).toEqual([...tools.bpfReleases].sort());
  expect(() => tools.assertBpfRelease("6.18")).toThrow("(known: 6.12, 7.3)");
});

test("each guest has the suite of its release, and User-mode Linux that of the oldest", () => {
  expect(["6.12-arm64", "7.3", "uml"].map(tools.suiteOf)).toEqual([
    ...["trixie", "trixie-backports", "trixie"],
  ]);
});
