// SPDX-License-Identifier: MIT
// Texts that do not show the cause: the answer is "cannot tell", and names no cause.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

test.each([
  ["EAGAIN", 'error while loading "tracepoint/x" (resource temporarily unavailable):'],
  ["E2BIG", "sched.c:88 [panic]: Argument list too long\nFailed to attach struct_op"],
  ["EPERM", "Error: reading batch file failed: Operation not permitted"],
  ["EPERM", '{"msg":"failed to create instrumentation","error":"operation not permitted"}'],
  ["EACCES", "failed to attach probe: could not open elf file: open /opt/x: permission denied"],
])("%s without its call: cannot tell", (errno, text) => {
  const { candidates, verdict } = explainText(text);
  expect(candidates).toEqual([]);
  expect(verdict).toContain(`cannot tell: the text has the errno ${errno}`);
});

test("an EPERM next to a log of the verifier is no missing permission to load", () => {
  const text =
    "processed 43798 insns (limit 1000000)\nbpf_load_program() event=x: Operation not permitted";
  const { candidates, excluded } = explainText(text);
  expect(candidates).toEqual([]);
  expect(excluded.map(({ id }) => id)).toContain("prog.load.sysctl");
});

test.each([
  ["libbpf: map 'a': failed to create: Permission denied(-13)", "explain.selinux"],
  ["bpf: Failed to load program: Function not implemented", "explain.kernel_config"],
  ["attach fentry: create link: device or resource busy", "explain.kernel_config"],
])("the errno decides: %s", (text, id) => {
  const [first] = explainText(text).candidates;
  expect([first?.id, first?.confidence]).toEqual([id, "likely"]);
});

test("the user root makes a missing capability less likely", () => {
  const ids = (text: string) => explainText(text).candidates.map(({ id }) => id);
  const refused = "bpf: Failed to load program: Operation not permitted";
  expect(ids(refused)[0]).toBe("prog.load.sysctl");
  expect(ids(`uid=0(root) gid=0(root)\n${refused}`)[0]).not.toBe("prog.load.sysctl");
});

test.each([
  "Failed to load BPF program: Permission denied",
  "libbpf: Kernel error message: Parent Qdisc doesn't exists",
  "libbpf: Kernel error message: Exclusivity flag on, cannot modify",
  "bpf: Permission denied",
])("one line is no proof: %s", (text) => {
  expect(explainText(text).candidates.map(({ confidence }) => confidence)).not.toContain("certain");
});

test.each([
  "systemd-sysctl[58]: Couldn't write '1' to 'kernel/kptr_restrict', ignoring: Permission denied",
  'type=SECCOMP msg=audit(1.1:2): pid=1 comm="chrome" sig=0 arch=c000003e syscall=203 code=0x50000',
  "module x: kernel symbol is GPL-only",
  "libbpf: prog 'x': failed to attach: -524",
])("a line that other programs log, too, is no proof: %s", (text) => {
  expect(explainText(text).candidates.map(({ confidence }) => confidence)).not.toContain("certain");
});

test.each([
  "error creating token: no such file or directory",
  "failed to get token: Operation not permitted",
  "Invalid color option value: blue",
  "libbpf: Error loading BTF: Operation not permitted(1)",
  "failed to open bpffs: permission denied",
])("is no token matter: %s", (text) => {
  expect(explainText(text).token).not.toBe("yes");
});
