// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestNames } from "@bpf-token/kernel-native";
import { parseScenario } from "@bpf-token/scenario";
import { defaultRelease, kernelReleases, releaseCode } from "@bpf-token/uapi";
import { expect, onTestFinished, test } from "vitest";
import {
  findSubject,
  KernelPool,
  SubjectUnavailableError,
  subjectNames,
  unmodelledRelease,
} from "../../src/subjects/index.ts";
import { cli } from "./run-cli.ts";

const story = fileURLToPath(new URL("../../scenarios/demo.yaml", import.meta.url));
const scenario = parseScenario("name: good\nsteps:\n  - getpid:\n");

test("the model of a release runs scenarios", async () => {
  const subject = await findSubject("model", { release: "6.12" });
  expect(subject).toMatchObject({ backend: "model", release: "6.12", own: "model" });
  const pool = new KernelPool(subject);
  expect(pool.run(scenario)).toMatchObject({ outcome: "passed", release: "6.12" });
  pool.close();
  expect((await findSubject("model")).release).toBe(defaultRelease);
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

test("a subject bpf:RELEASE that was not built gives the command that builds it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-subjects-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const none = findSubject("bpf:7.3", { env: { BPF_TOKEN_BPF_KERNELS: folder } });
  await expect(none).rejects.toThrow(SubjectUnavailableError);
  await expect(none).rejects.toThrow(
    "no module of Linux 7.3 was built. Fix: npm run kernel-bpf -- build 7.3 --fetch",
  );
});

test("every guest has a name on the command line", () => {
  const guests = subjectNames.filter((name) => name.startsWith("guest:"));
  expect(guests).toEqual(guestNames.map((name) => `guest:${name}`));
});

test("a guest is unmodelled if it is newer than the newest release of the model", () => {
  for (const name of ["model", "native", "upstream:7.3", "guest:6.12", "guest:6.18", "guest:uml"]) {
    expect(unmodelledRelease(name)).toBeUndefined();
  }
  expect(unmodelledRelease("guest:9.1")).toBe("9.1");
  const newest = Math.max(...kernelReleases.map(releaseCode));
  const newer = guestNames.filter((name) => {
    const [major = 0, minor = 0] = name.split(".").map(Number);
    return major * 1000 + minor > newest;
  });
  const unmodelled = guestNames.filter((name) => unmodelledRelease(`guest:${name}`));
  expect(unmodelled).toEqual(newer);
});

test("commands that compare say that the model does not have a guest's release", async () => {
  const [guest] = subjectNames.filter((name) => unmodelledRelease(name) !== undefined);
  if (guest === undefined) return;
  for (const words of [["diff", story], ["fuzz"]]) {
    const { code, err } = await cli([...words, "--subjects", `model,${guest}`]);
    expect(code).toBe(3);
    expect(err).toContain(`so ${guest} cannot be compared`);
    expect(err).toContain(`bpf-token run --subject ${guest}`);
  }
});

test("an unknown guest is a usage error that names the guests", async () => {
  const { code, err } = await cli(["run", story, "--subject", "guest:7.9"]);
  expect(code).toBe(2);
  expect(err).toContain("unknown subject 'guest:7.9'");
  expect(err).toContain("guest:7.2, guest:7.3, ");
});
