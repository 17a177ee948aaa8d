// SPDX-License-Identifier: MIT
import { type CallSequence, flatten, type SequenceStep } from "@bpf-token/syscall";
import { AT, Errno, type SyscallArg, syscallByName } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { openGuestKernel } from "../src/index.ts";
import { describeGuest, testedGuests } from "./guests.ts";

const { close, fchmodat, fchownat, openat, unshare } = syscallByName;
const call = (nr: number, ...args: readonly SyscallArg[]): SequenceStep => ({
  by: 0,
  op: "call",
  call: flatten("native", nr, args),
});
const text = (words: string): Uint8Array => new TextEncoder().encode(`${words}\0`);
const NEWUSER = 0x10000000;

for (const guest of testedGuests) {
  describeGuest(guest, `guest:${guest} and /proc`, () => {
    test("changes of its mode and owner do not affect later tasks", () => {
      using kernel = openGuestKernel({ guest });
      const look: CallSequence = [
        call(unshare.nr, NEWUSER),
        call(openat.nr, AT.FDCWD, text("/proc/self/setgroups"), 0, 0),
        call(close.nr, 3),
      ];
      const closed: CallSequence = [
        call(fchmodat.nr, AT.FDCWD, text("/proc"), 0),
        call(fchownat.nr, AT.FDCWD, text("/proc"), 5, 6, 0),
        ...look,
      ];
      const answers = kernel.runSequences([look, closed, look])();
      expect(answers.map((sequence) => sequence.map(({ ret }) => ret))).toEqual([
        [0, 3, 0],
        [0, 0, 0, -Errno.EACCES, -Errno.EBADF],
        [0, 3, 0],
      ]);
    });
  });
}
