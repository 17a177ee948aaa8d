// SPDX-License-Identifier: MIT
// Written by npm run tool kernel-bpf:messages. Do not edit.

/**
 * Messages of the verifier that CAP_PERFMON removes, with `%d` for each number: of how many programs it
 * did, and how many other programs have the same message with all capabilities.
 * Observed with 2121 programs on Linux 6.12.118.
 */
// biome-ignore format: one message a line
export const verifierMessages: readonly (readonly [string, number, number])[] = [
  ["'struct bpf_array' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN", 1, 0],
  ["'struct sk_buff' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN", 1, 0],
  ["'struct task_struct' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN", 1, 0],
  ["CAP_BPF and CAP_PERFMON are required to use arena", 3, 0],
  ["R%d !read_ok", 41, 16],
  ["R%d has pointer with unsupported alu operation, pointer arithmetic with it prohibited for !root", 30, 0],
  ["R%d invalid mem access 'scalar'", 6, 18],
  ["R%d leaks addr as return value", 23, 0],
  ["R%d leaks addr into ctx", 1, 0],
  ["R%d leaks addr into helper function", 2, 0],
  ["R%d leaks addr into map", 2, 0],
  ["R%d leaks addr into mem", 1, 0],
  ["R%d leaks addr into packet", 4, 0],
  ["R%d min value is negative, either use unsigned index or do a if (index >=%d) check.", 1, 4],
  ["R%d partial copy of pointer", 3, 0],
  ["R%d pointer -= pointer prohibited", 7, 0],
  ["R%d pointer arithmetic prohibited", 1, 0],
  ["R%d pointer comparison prohibited", 21, 0],
  ["R%d stack pointer arithmetic goes out of range, prohibited for !root; off=%d", 5, 0],
  ["R%d tried to add from different maps, paths or scalars, pointer arithmetic with it prohibited for !root", 9, 0],
  ["R%d type=scalar expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_", 1, 3],
  ["R%d variable stack access prohibited for !root, var_off=(%d; %d) off=%d", 17, 0],
  ["The sequence of %d jumps is too complex.", 4, 0],
  ["attempt to corrupt spilled pointer on stack", 5, 0],
  ["bpf_spin_lock cannot be accessed directly by load/store", 3, 3],
  ["div by zero", 1, 7],
  ["frame pointer is read only", 5, 3],
  ["infinite loop detected at insn %d", 6, 9],
  ["invalid access to map value, value_size=%d off=%d size=%d", 11, 46],
  ["invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)", 2, 56],
  ["invalid indirect read from stack R%d off %d+%d size %d", 7, 0],
  ["invalid read from stack R%d off=%d size=%d", 3, 0],
  ["invalid read from stack off %d+%d size %d", 5, 0],
  ["leaking pointer from stack off %d", 1, 0],
  ["program of this type cannot use helper bpf_skc_to_tcp_sock#%d", 2, 0],
  ["program of this type cannot use helper bpf_trace_printk#%d", 2, 0],
  ["tail_call abusing map_ptr", 3, 0],
];
