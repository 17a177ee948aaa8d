// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import {
  BpfError,
  createKernel,
  createMap,
  createToken,
  delegateBpffs,
  kernelReleases,
  openKernel,
  releases,
  unmodelledFeatures,
  unshare,
} from "../src/index.ts";

test("the example of the README runs", () => {
  using kernel = createKernel();
  using app = kernel.init.fork();
  unshare(app, "user", "mnt");
  using bpffs = delegateBpffs(app, kernel.init, {
    delegate_cmds: "map_create",
    delegate_maps: "array",
  });
  using token = createToken(app, bpffs);
  using map = createMap(app, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1, token });
  expect(map.fd).toBeGreaterThan(token.fd);
  try {
    createMap(app, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1, token }).close();
    expect.unreachable("a hash map was not delegated");
  } catch (e) {
    expect(BpfError.is(e, "EPERM")).toBe(true);
    expect(BpfError.is(e) && e.refusal?.certainty).toBe("observed");
    expect(BpfError.is(e) && e.refusal?.chain.length).toBeGreaterThan(1);
  }
});

test("the main import has the changes between releases and the unmodelled features", () => {
  const [change] = releases("6.17", "6.18").filter(({ rule }) => rule === "MC-16");
  expect(change?.sentence).toContain("one program");
  expect(kernelReleases).toContain("6.18");
  expect(unmodelledFeatures.flatMap(({ names }) => names)).toContain("PROG_TEST_RUN");
});

test("openKernel opens the model of a release", async () => {
  using kernel = await openKernel("model", "6.12");
  expect([kernel.backend, kernel.release]).toEqual(["model", "6.12"]);
});
