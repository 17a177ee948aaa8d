// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseScenario } from "@bpf-token/scenario";
import { expect, onTestFinished, test } from "vitest";
import { findSubject, KernelPool, SubjectUnavailableError } from "../../src/subjects/index.ts";

const scenario = parseScenario("name: good\nsteps:\n  - getpid:\n");

test("the model of a release runs scenarios", async () => {
  const subject = await findSubject("model", { release: "6.12" });
  expect(subject).toMatchObject({ backend: "model", release: "6.12", own: "model" });
  const pool = new KernelPool(subject);
  expect(pool.run(scenario)).toMatchObject({ outcome: "passed", release: "6.12" });
  pool.close();
  expect((await findSubject("model")).release).toBe("6.18");
});

test("an unavailable subject gives the reason", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-subjects-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const none = findSubject("upstream:mine", { env: { BPF_TOKEN_UPSTREAM: folder } });
  await expect(none).rejects.toThrow(SubjectUnavailableError);
  await expect(none).rejects.toThrow("no upstream module 'mine' (none exists)");
  const host = {
    platform: "darwin",
    arch: "arm64",
    release: "24.1.0",
    uid: 501,
    capabilities: 0n,
    firstUserNamespace: false,
  };
  const native = findSubject("native", { host });
  await expect(native).rejects.toThrow("the native backend is not available: it needs Linux 6.9");
});
