// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { errnoIn, inEnglish, withErrnoLast } from "../../src/explain/errno-text.ts";

test.each([
  ["bpf: Opération non permise", "EPERM"],
  ["bpf: Permiso denegado", "EACCES"],
  ["bpf: Недопустимый аргумент", "EINVAL"],
  ["bpf: 許可がありません", "EACCES"],
  ["xsk: Resource busy", "EBUSY"],
  ["libxdp: Out of memory", "ENOMEM"],
  ["open agent.o: file does not exist", "ENOENT"],
  ["link: file already exists", "EEXIST"],
])("%s is %s in English", (line, errno) => {
  expect(errnoIn(inEnglish(line))).toBe(errno);
});

test.each([
  "[Errno 1] bpf",
  "bpf: os error 1",
  "libbpf: failed to load: -1",
  'Os { code: 1, kind: PermissionDenied, message: "?" }',
  "bpf() = -1 (1)",
  "bpf: err=1",
])("%s has the errno as a number", (line) => {
  expect(withErrnoLast(line)).toBe(`${line}: Operation not permitted`);
});

test("a message before its subject is moved to the end", () => {
  const moved = withErrnoLast("cannot open: No such file or directory [/sys/x]");
  expect(moved).toBe("/sys/x]: No such file or directory");
  expect(withErrnoLast("/sys/x: No such file or directory, open it")).toBeUndefined();
});

test.each([
  "make: *** [Makefile:112] Error 1",
  "exit status 1",
  "loadCodeSections ret=-1",
  "12: (b7) r2 = -13",
  "bpf: Operation not permitted",
  "Out of memory: Killed process 12",
])("%s has none", (line) => {
  expect(withErrnoLast(inEnglish(line))).toBeUndefined();
});
