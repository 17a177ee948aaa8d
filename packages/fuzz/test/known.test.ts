// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { knownReasons } from "../src/kernels/live-known.ts";

const info = "bpf(BPF_OBJ_GET_INFO_BY_FD, {bpf_fd: 5}, 16): memory: model info: ";
const words = (...at: readonly number[]): string =>
  Array.from({ length: 26 }, (_, i) => (at.includes(4 * i) ? "0a000000" : "00000000")).join("");

/** Whether a difference is known, in a sequence that named these things before. */
function isKnown(message: string, before = ""): boolean {
  return knownReasons.some(
    ({ match, after, only = () => true }) =>
      match.test(message) && only(message) && (after === undefined || after.test(before)),
  );
}

test.each([
  ["the number of a map", words(4)],
  ["and of its BTF", words(4, 64)],
  ["the number of a BTF", words(12)],
  ["a program's tag, code and time", words(4, 8, 12, 16, 40, 44)],
])("what is told of an object: %s is the machine's", (_, told) => {
  expect(isKnown(`step 3, app: ${info}${words()}, native info: ${told}`)).toBe(true);
});

test.each([
  ["the mask of a token", words(), words(0)],
  ["the size of a key, though a program has its tag there", words(8, 12), words(12)],
  ["bytes of the caller", words(), words(4, 48)],
  ["more or less of it", words(), `${words()}00`],
])("what is told of an object: %s is not", (_, model, told) => {
  expect(isKnown(`step 3, app: ${info}${model}, native info: ${told}`)).toBe(false);
});

test.each([
  ["read(5, [16 zero bytes], 16): model 12, native 16", true],
  ["read(5, [16 zero bytes], 16): model 12, native 0", false],
  ["read(5, [16 zero bytes], 0x2000000): model 2, native ENOMEM", false],
  ['readlinkat(-100, "/proc/self", "", 15): model 1, native EFAULT', true],
  ['readlinkat(-100, "/proc/self", "", 15): model 1, native EACCES', false],
  ["bpf(BPF_MAP_GET_NEXT_ID, {}, 12): model ENOENT, native 0", true],
  ["bpf(BPF_MAP_GET_NEXT_ID, {}, 12): model 0, native EPERM", false],
  ['openat(5, "maps.debug", 0x200000, 384): model EPERM, native 8', true],
  ['openat(5, "maps.debug", 0x200000, 384): model ENOENT, native 8', false],
])("behind a path of /proc: %s", (message, known) => {
  expect(isKnown(`step 3, app: ${message}`, 'openat(-100, "/proc/self/mounts", 0, 0)')).toBe(known);
});

test("ELOOP is of links in /proc", () => {
  const message = 'step 3, app: open_tree(-100, "/mnt", 0): model 9, native ELOOP';
  expect(isKnown(message, 'mount("/proc/self/fd", "/mnt", "", 4096, "")')).toBe(true);
  expect(isKnown(message, 'mount("none", "/mnt", "tmpfs", 0, "")')).toBe(false);
});
