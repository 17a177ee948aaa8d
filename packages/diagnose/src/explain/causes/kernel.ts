// SPDX-License-Identifier: MIT
import { type BtfCauseId, btfCauses } from "./btf.js";
import type { CauseText } from "./text.js";

/** Causes in the kernel, its configuration, or mounts that programs need. */
export type KernelCauseId =
  | "explain.kernel_old"
  | "explain.kernel_config"
  | "explain.helper"
  | BtfCauseId
  | "explain.core"
  | "explain.attach_target"
  | "explain.kfunc"
  | "explain.kfunc_type"
  | "explain.attach_unsupported"
  | "explain.tracefs"
  | "explain.bpffs_place"
  | "explain.cgroup"
  | "explain.xdp_driver"
  | "explain.xdp_mtu"
  | "explain.busy"
  | "explain.headers";

/** The texts of {@link KernelCauseId}. */
export const kernelCauses: Readonly<Record<KernelCauseId, CauseText>> = {
  "explain.kernel_old": {
    kind: "kernel",
    cause: "the kernel is too old for something that the program uses",
    decides: "uname -r, and `bpftool feature probe kernel`",
    fix: ["boot a newer kernel, or use a version of the program for old kernels"],
  },
  "explain.kernel_config": {
    kind: "kernel",
    cause: "the kernel is built without something that the program needs",
    decides: "grep BPF /boot/config-$(uname -r), or zcat /proc/config.gz",
    fix: ["boot a kernel with CONFIG_BPF_SYSCALL=y and the option that the program needs"],
  },
  "explain.helper": {
    kind: "kernel",
    cause: "the kernel does not have a helper function that the program calls",
    decides: "uname -r, compared with the release of the helper; `bpftool feature probe kernel`",
    fix: [
      "boot a newer kernel, or build the program without the helper",
      "before Linux 5.5 use bpf_probe_read() in place of bpf_probe_read_kernel() and _user()",
    ],
  },
  ...btfCauses,
  "explain.core": {
    kind: "program",
    cause: "a CO-RE relocation fails: this kernel lacks a type or field that the program uses",
    decides: "the line `relo #N` of the same program: it names the type and field",
    fix: [
      "guard the access with bpf_core_field_exists(), or add a variant of the type for this kernel",
    ],
  },
  "explain.attach_target": {
    kind: "kernel",
    cause: "the kernel function or tracepoint to attach to does not exist, or cannot be traced",
    decides:
      "grep NAME /proc/kallsyms and /sys/kernel/tracing/available_filter_functions: inlined and notrace functions are missing",
    fix: [
      "attach to a function that this kernel has, or load the module that contains it",
      "system calls: use ksyscall/NAME in place of kprobe/do_NAME",
    ],
  },
  "explain.kfunc": {
    kind: "kernel",
    cause: "the kernel does not have a kernel function or variable that the program refers to",
    decides: "bpftool btf dump file /sys/kernel/btf/vmlinux | grep NAME",
    fix: ["boot a newer kernel, load the module, or declare the extern as __weak"],
  },
  "explain.kfunc_type": {
    kind: "program",
    cause: "the kernel does not let programs of this type call a kernel function",
    decides:
      "register_btf_kfunc_id_set() in the source of the kernel: the program types of the function",
    fix: ["load the program as a type that may call it: change SEC(), or use a helper"],
  },
  "explain.attach_unsupported": {
    kind: "kernel",
    cause: "the kernel does not support this kind of attachment here (error 524, ENOTSUPP)",
    decides: "uname -rm: fentry needs Linux 5.5 on x86-64, and 6.4 or newer on arm64",
    fix: ["attach as kprobe, or boot a newer kernel"],
  },
  "explain.tracefs": {
    kind: "setup",
    cause: "tracefs is not mounted, or not accessible, where the program runs",
    decides: "ls /sys/kernel/tracing/events: empty or missing without the mount",
    fix: [
      "mount -t tracefs nodev /sys/kernel/tracing",
      "in a container: mount /sys/kernel/tracing and /sys/kernel/debug of the host",
    ],
  },
  "explain.bpffs_place": {
    kind: "setup",
    cause: "the path to pin to is not on a writable BPF filesystem",
    decides: "findmnt -T PATH: its type must be bpf, and it must not be read-only",
    fix: [
      "pin below a BPF filesystem: mount -t bpf bpf /sys/fs/bpf, and mkdir missing directories",
      "in a container: mount it into the container with write access",
    ],
  },
  "explain.cgroup": {
    kind: "setup",
    cause:
      "the cgroup does not accept the program: it is no cgroup v2 directory, or a parent has a program without BPF_F_ALLOW_MULTI",
    decides: "stat -fc %T PATH: cgroup2fs; and `bpftool cgroup tree` for programs of parents",
    fix: [
      "attach to a directory of cgroup v2 (/sys/fs/cgroup, or /sys/fs/cgroup/unified)",
      "attach the program of the parent with BPF_F_ALLOW_MULTI, or by BPF_LINK_CREATE: else nothing can be attached below it",
    ],
  },
  "explain.xdp_driver": {
    kind: "setup",
    cause: "the driver of the interface does not support XDP as requested",
    decides: 'ethtool -i IF, and the driver\'s message in dmesg or after "Kernel error message"',
    fix: [
      "attach in generic mode: xdpgeneric, XDP_FLAGS_SKB_MODE",
      "or change what the driver names: queues, LRO (ethtool -K IF lro off), frags",
    ],
  },
  "explain.xdp_mtu": {
    kind: "setup",
    cause: "the MTU of the interface is too large for XDP in the driver",
    decides: "ip link show IF: an MTU above about 3500 needs xdp.frags or generic mode",
    fix: ['lower the MTU, use SEC("xdp.frags"), or attach in generic mode'],
  },
  "explain.busy": {
    kind: "setup",
    cause: "another program is attached there already",
    decides: "bpftool net, bpftool cgroup tree, or ip link show",
    fix: ["detach the other program, or attach with a flag that permits several"],
  },
  "explain.headers": {
    kind: "setup",
    cause: "BCC cannot compile: the headers of the running kernel are missing",
    decides: "ls /lib/modules/$(uname -r)/build, or modprobe kheaders",
    fix: ["install the kernel headers; in a container, mount /lib/modules and /usr/src"],
  },
};
