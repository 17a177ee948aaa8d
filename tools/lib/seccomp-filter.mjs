// SPDX-License-Identifier: MIT
// Seccomp filters that refuse bpf(2), for `setpriv --seccomp-filter`.

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
/** Offsets in struct seccomp_data: the number of the call, and the low half of its first argument. */
const NUMBER = 0;
const COMMAND = 16;

/**
 * The instructions of a filter as `struct sock_filter`, for this machine.
 *
 * @param errno - its number.
 * @param commands - numbers of the commands to refuse; without it all of them.
 */
export function bpfRefusingFilter(errno, commands) {
  const refuse = [RETURN, 0, 0, ERRNO | errno];
  const isBpf = [IF_EQUAL, 1, 0, process.arch === "x64" ? 321 : 280];
  const allow = [RETURN, 0, 0, ALLOW];
  const tests = (commands ?? []).map((command) => [[IF_EQUAL, 0, 1, command], refuse]);
  const whenBpf =
    commands === undefined ? [refuse] : [[LOAD, 0, 0, COMMAND], ...tests.flat(), allow];
  return bytesOf([[LOAD, 0, 0, NUMBER], isBpf, allow, ...whenBpf]);
}

function bytesOf(insns) {
  const bytes = Buffer.alloc(8 * insns.length);
  insns.forEach(([code, yes, no, k], i) => {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(yes, 8 * i + 2);
    bytes.writeUInt8(no, 8 * i + 3);
    bytes.writeUInt32LE(k, 8 * i + 4);
  });
  return bytes;
}
