// SPDX-License-Identifier: MIT
import type { BpffsFact, Facts } from "../src/index.ts";

const ALL = "000001ffffffffff";

/** CAP_BPF, and CAP_NET_ADMIN where a program needs it. */
export const BPF = (1n << 39n).toString(16);
export const BPF_NET_ADMIN = ((1n << 39n) | (1n << 12n)).toString(16);

/** A BPF filesystem that delegates what an XDP program with an array map needs. */
export const bpffs: BpffsFact = {
  path: "/sys/fs/bpf",
  device: "0:40",
  root: "/",
  onHost: false,
  delegates: {
    delegate_cmds: "map_create:prog_load:btf_load",
    delegate_maps: "array",
    delegate_progs: "xdp",
    delegate_attachs: "xdp",
  },
};

/** A container on Linux 6.18 that can create a token; `more` replaces fields. */
export function container(more: Partial<Facts> = {}): Facts {
  return {
    schema: "bpf-token/facts@1",
    pid: 4711,
    program: "agent",
    release: "6.18.44",
    uid: 0,
    capabilities: {
      effective: BPF_NET_ADMIN,
      permitted: BPF_NET_ADMIN,
      inheritable: "0",
      bounding: ALL,
      ambient: "0",
    },
    userns: { inode: 4026532177, initial: false },
    bpffs: [bpffs],
    unprivilegedBpfDisabled: 2,
    seccomp: 0,
    noNewPrivileges: false,
    unknown: [],
    ...more,
  };
}

/** {@link container} with another effective set. */
export function withCapabilities(effective: string, more: Partial<Facts> = {}): Facts {
  const facts = container(more);
  return { ...facts, capabilities: { ...facts.capabilities, effective } };
}
