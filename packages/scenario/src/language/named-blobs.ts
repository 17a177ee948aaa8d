// SPDX-License-Identifier: MIT

/** Programs by name, as assembly. */
export const programs: Readonly<Record<string, readonly string[]>> = {
  /** The smallest program: XDP_ABORTED for an XDP program, drop for a socket filter. */
  return_0: ["mov r0 0", "exit"],
  /** Returns 1, which lets the operation continue on most cgroup hooks. */
  return_1: ["mov r0 1", "exit"],
  /**
   * Needs CAP_BPF for one helper and CAP_PERFMON for the other, so it loads only if both are granted. The
   * kernel's selftest of tokens loads the same program.
   */
  xdp_token_selftest: ["call jiffies64", "call get_current_task", "mov r0 0", "exit"],
};

/** BTF blobs by name. */
export const btfBlobs: Readonly<Record<string, () => Uint8Array>> = {
  /** The smallest useful BTF: one type, `int`, 4 bytes, signed. */
  int: intBtf,
};

const HEADER = 24;
const INT = 16;

function intBtf(): Uint8Array {
  const strings = new TextEncoder().encode("\0int\0");
  const view = new DataView(new ArrayBuffer(HEADER + INT + strings.length));
  view.setUint16(0, 0xeb9f, true); // magic
  view.setUint8(2, 1); // version
  view.setUint32(4, HEADER, true);
  view.setUint32(8, 0, true); // the types start after the header …
  view.setUint32(12, INT, true);
  view.setUint32(16, INT, true); // … and the strings after the types
  view.setUint32(20, strings.length, true);
  view.setUint32(HEADER, 1, true); // name: "int"
  view.setUint32(HEADER + 4, 1 << 24, true); // kind INT
  view.setUint32(HEADER + 8, 4, true); // bytes
  view.setUint32(HEADER + 12, (1 << 24) | 32, true); // signed, 32 bits
  const bytes = new Uint8Array(view.buffer);
  bytes.set(strings, HEADER + INT);
  return bytes;
}
