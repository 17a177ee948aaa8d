// SPDX-License-Identifier: MIT

/** Texts to start from, written after common situations. */
export const examples: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: "libbpf in a container without delegation",
    text: "libbpf: failed to create BPF token from '/sys/fs/bpf': -2\nlibbpf: Error in bpf_object__probe_loading(): -EPERM. Couldn't load trivial BPF program. Make sure your kernel supports BPF (CONFIG_BPF_SYSCALL=y) and/or that RLIMIT_MEMLOCK is set to big enough value.",
  },
  {
    title: "strace of a library that passes no token",
    text: 'bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY, key_size=4, value_size=4, max_entries=1, map_flags=0, inner_map_fd=0, map_name="packets"}, 80) = -1 EPERM (Operation not permitted)',
  },
  {
    title: "systemd unit on a kernel before 6.9",
    text: "agent.service: Failed at step NAMESPACE spawning /usr/bin/agent: Operation not permitted\nagent.service: Main process exited, code=exited, status=226/NAMESPACE",
  },
  {
    title: "a verifier that misses CAP_PERFMON",
    text: "libbpf: prog 'handle': -- BEGIN PROG LOAD LOG --\n0: (85) call bpf_probe_read_kernel#113\nprogram of this type cannot use helper bpf_probe_read_kernel#113\nlibbpf: prog 'handle': failed to load: -22",
  },
];
