// SPDX-License-Identifier: MIT
// Initcalls: from preprocessed text to the table of include/initcall_table.h.

/** Sources whose initcalls the module runs at boot. boot.c runs some of the others by name. */
const atBoot =
  /^(kernel_bpf_|net_core_filter|net_bpf_|kernel_trace_bpf|fs_bpf|net_mptcp|net_xfrm|net_netfilter_nf_bpf|kernel_cgroup_rstat|net_core_bpf_sk|net_core_xdp|net_ipv4_bpf|net_ipv4_tcp_cubic|net_core_sock_map|net_core_lwt|net_core_skmsg|fs_verity_measure)/;

/** Finds the initcalls of a source in its preprocessed text. See include/initcall.h. */
export function scanInitcalls(text) {
  const marks = text.matchAll(/__asm__\("initcall" "(\w+)" "\." "(\w+)" "\." "(\w+)"\)/g);
  return [...marks].map(([, level, tag, name]) => ({ level, tag, name }));
}

/** `early` first, then by level; within a level by file, so that a build is reproducible. */
function byLevel(a, b) {
  const key = ({ level, tag, name }) => `${level === "early" ? "" : level}\0${tag}\0${name}`;
  return key(a) < key(b) ? -1 : 1;
}

/** The C text of the table. */
export function writeInitcalls(calls) {
  const sorted = [...calls].sort(byLevel);
  const names = sorted.map(({ level, tag, name }, i) => {
    return `extern initcall_t initcall_${i} __asm__("initcall${level}.${tag}.${name}");\n`;
  });
  const rows = sorted.map(({ tag, name }, i) => {
    const boot = atBoot.test(tag) && name !== "bpf_init" ? 1 : 0;
    return `\t{ &initcall_${i}, "${name}", ${boot} },\n`;
  });
  return `#include "initcall_table.h"\n${names.join("")}const struct initcall initcalls[] = {\n${rows.join("")}};\nconst int initcalls_count = ${sorted.length};\n`;
}
