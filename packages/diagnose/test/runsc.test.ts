// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { diagnose, isGvisor, parseFacts, redact } from "../src/index.ts";
import { container } from "./facts.ts";

const runsc = { ofHost: true, ownMounts: true };

test("names gVisor first for a process of runsc, and advises no mount", () => {
  const facts = container({ runsc, program: "exe" });
  const { ok, verdict, findings, token } = diagnose(facts);
  expect(isGvisor(facts)).toBe(true);
  expect([ok, token]).toEqual([false, undefined]);
  expect(verdict).toBe("exe (pid 4711) cannot create a token: gVisor has no BPF tokens");
  expect(findings).toEqual([
    {
      id: "doctor.release",
      severity: "error",
      confidence: "certain",
      cause:
        "the kernel is gVisor, which implements bpf() itself: the call gets EPERM or ENOSYS, and there is no BPF filesystem",
      evidence: [
        "/proc/4711/exe: runsc, a file of root on a mount of the host, in a mount namespace of its own",
      ],
      fix: ["run the container with runc or crun: no mount and no capability helps in gVisor"],
    },
  ]);
});

test("another release of Linux does not change what gVisor answers", () => {
  const { findings } = diagnose(container({ runsc }), { release: "6.18" });
  expect(findings.map(({ id }) => id)).toEqual(["doctor.release"]);
});

test.each([
  ["the file of a container", { ofHost: false, ownMounts: true }, ["note"]],
  ["the program that starts containers", { ofHost: true, ownMounts: false }, []],
  ["a program of that name", { ofHost: false, ownMounts: false }, []],
])("does not take %s for gVisor", (_, other, severities) => {
  const facts = container({ runsc: other });
  const { ok, verdict, findings } = diagnose(facts);
  expect(isGvisor(facts)).toBe(false);
  expect(ok).toBe(true);
  expect(verdict).toBe("agent (pid 4711) can create a token from /sys/fs/bpf");
  const notes = findings.filter(({ id }) => id === "doctor.release");
  expect(notes.map(({ severity }) => severity)).toEqual(severities);
  expect(notes.map(({ confidence }) => confidence)).toEqual(severities.map(() => "possible"));
});

test("gVisor from inside is recognised as before", () => {
  expect(isGvisor(container({ release: "4.4.0" }))).toBe(true);
  expect(isGvisor(container({ release: "4.4.0-210-generic" }))).toBe(false);
});

test("a report keeps the fact, and a wrong one is refused", () => {
  const facts = container({ runsc });
  expect(parseFacts(JSON.stringify(redact(facts))).runsc).toEqual(runsc);
  const refused = (value: unknown): (() => unknown) => {
    return () => parseFacts(JSON.stringify({ ...facts, runsc: value }));
  };
  expect(refused({ ofHost: "yes", ownMounts: true })).toThrow("runsc.ofHost: expected a boolean");
  expect(refused({ ofHost: true })).toThrow("runsc.ownMounts: expected a boolean");
  expect(refused(true)).toThrow("runsc: expected an object");
});
