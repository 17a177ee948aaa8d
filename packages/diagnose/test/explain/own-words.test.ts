// SPDX-License-Identifier: MIT
// Messages of tools as their users know them, written from memory before the program answered.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";
import { mark } from "./judgement.ts";

/** What is accepted, as in judgement.ts, and the message. */
const messages: readonly (readonly [judged: string, text: string])[] = [
  ["explain.attach_target", "ERROR: Could not resolve symbol: /bin/bash:readline"],
  ["explain.attach_target|explain.tracefs", "ERROR: tracepoint not found: syscalls:sys_enter_foo"],
  ["explain.perf_event", "Failed to open perf buffer: Operation not permitted"],
  [
    "explain.headers|explain.btf_missing|none",
    "stdin:1:1-20: ERROR: Unknown struct/union: 'struct task_struct'",
  ],
  [
    "explain.helper|explain.kernel_old",
    "ERROR: the kernel does not support the BPF helper bpf_get_ns_current_pid_tgid",
  ],
  [
    "?explain.verifier|explain.kernel_old",
    "Exception: Failed to load BPF program b'do_trace': Invalid argument",
  ],
  ["explain.perf_event", "Could not open perf buffer\nException: Could not open perf buffer"],
  ["none", "ImportError: No module named bcc"],
  [
    "explain.kernel_config",
    "Error: TC classifier not found.\nWe have an error talking to the kernel",
  ],
  ["none|explain.object", 'Unknown filter "bpf", hence option "da" is unparsable'],
  ["explain.object", "libbpf: failed to guess program type from ELF section 'foo'"],
  ["explain.object", "libbpf: elf: 'prog.o' is not a valid eBPF object file"],
  [
    "explain.attach_target",
    "libbpf: prog 'x': failed to create uprobe '/usr/lib/libc.so.6:0x0' perf event: Invalid argument",
  ],
  ["explain.compile|none", 'level=fatal msg="Unable to compile BPF program" error="exit status 1"'],
  [
    "explain.kernel_old",
    'level=fatal msg="kernel version: NOT OK: minimal supported kernel version is 4.9.17; kernel version that is running is: 4.4.0"',
  ],
  [
    "explain.kernel_config",
    'level=fatal msg="CONFIG_BPF_SYSCALL kernel parameter is required (needed for: Essential eBPF infrastructure)"',
  ],
  ["doctor.bpffs|explain.bpffs_place", "BPF filesystem is not mounted on /sys/fs/bpf"],
  [
    "explain.object|none",
    "Unable to open the inspector: can't open BPF probe '/opt/falco/falco-bpf.o': Errno 2",
  ],
  [
    "explain.kernel_config",
    "systemd[1]: bpf-lsm: BPF LSM hook not enabled in the kernel, BPF LSM not supported.",
  ],
  ["explain.btf_missing", "systemd[1]: bpf-lsm: Failed to load BPF object: No such process"],
  [
    "explain.cgroup|?explain.kernel_old",
    "systemd[1]: app.service: bpf-firewall: Attaching egress BPF program to cgroup /sys/fs/cgroup/system.slice/app.service failed: Invalid argument",
  ],
  [
    "explain.busy",
    "[ERRCODE: SC_ERR_INVALID_VALUE(130)] - Unable to set XDP on 'eth0': Device or resource busy (16)",
  ],
  [
    "explain.kernel_old|explain.attach_unsupported|explain.verifier|explain.kernel_config",
    "libxdp: Compatibility check for dispatcher program failed: Invalid argument",
  ],
  [
    "map.create.sysctl|?explain.memlock",
    "Error: map error: failed to create map `EVENTS` with code -1\n\nCaused by:\n    0: failed to create map `EVENTS` with code -1\n    1: Operation not permitted (os error 1)",
  ],
  ["explain.object", "Error: error parsing ELF data"],
  [
    "explain.kernel_old|?doctor.seccomp",
    "creating map: map flags NoPrealloc: not supported (requires >= v4.6)",
  ],
  [
    "explain.kernel_config|doctor.seccomp|explain.kernel_old",
    "attach kprobe: link create: function not implemented",
  ],
  [
    "explain.pin_mode|?explain.selinux|doctor.lsm",
    "E bpfloader: Failed to pin prog /sys/fs/bpf/prog_netd: Permission denied",
  ],
  ["explain.kernel_old", "E NetBpfLoad: Android 25Q2 requires kernel 5.4."],
  ["explain.tracefs", "mount: /sys/kernel/debug: permission denied."],
  [
    "none|?map.create.sysctl|prog.load.sysctl",
    'sysctl: setting key "kernel.unprivileged_bpf_disabled": Operation not permitted',
  ],
  ["none", "audit: type=1334 audit(1700000000.1:12): prog-id=12 op=LOAD"],
  [
    "none",
    "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!",
  ],
  [
    "explain.capability_name|none",
    "fatal error: Invalid argument\nusage: setcap [-h] [-q] [-v] [-n <rootid>] (-r|-|<caps>) <filename>\nsetcap cap_bpf+ep ./agent",
  ],
  [
    "explain.rlimit|explain.rlimit_refused|?explain.memlock|none",
    "bash: ulimit: max locked memory: cannot modify limit: Operation not permitted",
  ],
  [
    "explain.rlimit_refused|explain.rlimit",
    "failed to set rlimit memlock: operation not permitted",
  ],
  [
    "explain.perf_event",
    "Error: Access to performance monitoring and observability operations is limited.",
  ],
  [
    "explain.perf_event",
    "You may not have permission to collect stats.\nConsider tweaking /proc/sys/kernel/perf_event_paranoid",
  ],
  [
    "none",
    "BUG: unable to handle page fault for address: ffffc90000abc000\nCall Trace:\n bpf_prog_6deef7357e7b4530+0x2c/0x1000",
  ],
  ["explain.busy|explain.kernel_old", "libbpf: map 'simple_ops': failed to auto-attach: -EBUSY"],
  ["explain.busy", "Error: `bpf_link_create` failed: Device or resource busy (os error 16)"],
  [
    "explain.verifier",
    "At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)",
  ],
  ["explain.verifier", "arg#0 pointer type STRUCT foo must point to scalar, or struct with scalar"],
  [
    "explain.program_size|explain.compile",
    "error: Looks like the BPF stack limit is exceeded. Please move large on stack variables into BPF per-cpu array map.",
  ],
  [
    "explain.verifier|explain.kernel_old|explain.kernel_config",
    "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls",
  ],
  ["explain.verifier", "R0 unbounded memory access, make sure to bounds check any such access"],
  [
    "explain.verifier",
    "R2 pointer arithmetic on map_value_or_null prohibited, null-check it first",
  ],
  ["explain.verifier", "expected pointer to ctx, but got PTR"],
  [
    "explain.verifier|explain.kernel_old",
    "invalid argument: BPF_XADD stores into R1 pkt is not allowed",
  ],
  [
    "explain.headers|explain.compile",
    "fatal error: 'asm/types.h' file not found\n#include <asm/types.h>",
  ],
  [
    "explain.headers|explain.compile|none",
    "prog.c:2:10: fatal error: bpf/bpf_helpers.h: No such file or directory",
  ],
  ["none", "make: clang: Command not found"],
  ["explain.pin_exists", "libbpf: failed to pin map: File exists"],
  ["none", "panic: runtime error: invalid memory address or nil pointer dereference"],
  ["explain.kernel_old|explain.helper", "kernel doesn't support bpf_ringbuf, requires 5.8+"],
  ["explain.helper", "the kernel does not support helper bpf_loop"],
  ["explain.helper", "the kernel doesn't support helper bpf_loop"],
  ["explain.helper", "this kernel cannot support the eBPF helper `bpf_loop`"],
  ["explain.rootless|none", "This program must be run as root."],
  [
    "explain.memlock|map.create.sysctl|?explain.memory_cgroup",
    "failed to create ringbuf map: cannot allocate memory",
  ],
  [
    "explain.xdp_driver",
    'ip: either "dev" is duplicate, or XDP program already attached / Error: ixgbe: Mapping XDP program to this queue not supported',
  ],
  [
    "explain.btf_missing",
    "Unable to find BTF for the running kernel, please provide it with --btf",
  ],
  ["none", "ping: socket: Operation not permitted"],
  [
    "none",
    "iptables v1.8.7 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
  ],
  [
    "none",
    "tcpdump: eth0: You don't have permission to capture on that device\n(socket: Operation not permitted)",
  ],
  [
    "none",
    "docker: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
  ],
  [
    "explain.core",
    'program x: apply CO-RE relocations: relocate byte_off: local Struct "foo" not found in kernel',
  ],
  [
    "?explain.verifier|explain.kernel_old",
    "thread 'main' panicked at 'called `Result::unwrap()` on an `Err` value: ProgramError(LoadError { io_error: Os { code: 22, kind: InvalidInput, message: \"Invalid argument\" }, verifier_log: \"\" })'",
  ],
  ["prog.load.sysctl|?explain.memlock", "bpf(BPF_PROG_LOAD) failed, errno=1"],
  [
    "explain.verifier|?explain.verifier_capability",
    "[ERROR] BPF: program 'trace_exec' rejected by verifier",
  ],
  [
    "explain.xdp_driver|explain.kernel_old|?explain.xdp_mtu",
    "ERR: ifindex(3) link set xdp fd failed (95): Operation not supported",
  ],
  [
    "explain.busy",
    "ERR: ifindex(3) link set xdp fd failed (16): Device or resource busy\nHint: XDP already loaded on device use --force to swap/replace",
  ],
  [
    "doctor.netns|?prog.load.sysctl|prog.load.net_admin|explain.no_token|doctor.seccomp",
    "ERR: ifindex(3) link set xdp fd failed (1): Operation not permitted",
  ],
  ["explain.memlock|?explain.memory_cgroup", 'ERR: Can\'t create umem "Cannot allocate memory"'],
  ["explain.pin_exists", "Error: bpf obj pin (/sys/fs/bpf/prog): File exists"],
  ["explain.bpffs_place|doctor.bpffs", "bpf_obj_pin(/tmp/x): Invalid argument"],
  ["explain.pin_mode|?explain.bpffs_place", 'bpf_obj_get("/sys/fs/bpf/x"): Permission denied'],
  [
    "none|explain.bpffs_place|doctor.bpffs",
    'bpf_obj_get("/sys/fs/bpf/x"): No such file or directory',
  ],
  ["explain.kernel_config|explain.kernel_old", "Your kernel does not have CONFIG_BPF_LSM enabled"],
  ["explain.headers", "Could not find kernel headers in /lib/modules/6.1.0/build"],
  [
    "explain.headers|explain.btf_missing",
    "ERROR: Kernel headers not found; install linux-headers-6.1.0-13-amd64",
  ],
  ["doctor.seccomp", "bpf: Operation not permitted\nSeccomp: 2\nCapEff: 000001ffffffffff"],
  [
    "doctor.lockdown",
    "Lockdown: bpftrace: use of bpf to read kernel RAM is restricted; see man kernel_lockdown.7",
  ],
  ["explain.rootless|none", "ERROR: bpftrace currently only supports running as the root user."],
  [
    "explain.attach_target",
    "attaching fentry: function 'tcp_v9_connect' not found in kernel BTF: no such file or directory",
  ],
  [
    "explain.attach_unsupported|explain.kernel_old|explain.kernel_config",
    "fentry programs are not supported on this architecture: not supported",
  ],
  [
    "explain.kernel_old|explain.kernel_config|?doctor.seccomp",
    "ring buffer maps: not supported (requires >= v5.8)",
  ],
  ["explain.kernel_old", "uprobe multi link not supported (requires >= v6.6)"],
  [
    "explain.cgroup",
    "Failed to attach program to cgroup /sys/fs/cgroup/unified: Bad file descriptor",
  ],
  ["explain.map_definition|?explain.kernel_old", "map my_map: map create: invalid argument"],
  [
    "map.create.too_big|explain.map_definition|?explain.memory_cgroup",
    "map my_map: map create: argument list too long",
  ],
  [
    "explain.memory_cgroup|explain.map_definition|?explain.memlock|map.create.memory",
    "map my_map: map create: cannot allocate memory",
  ],
  ["none", "Killed process 4242 (bpftrace) total-vm:1000kB"],
  ["none", "E: Unable to locate package bpfcc-tools"],
  [
    "none|explain.object",
    "error while loading shared libraries: libbpf.so.1: cannot open shared object file: No such file or directory",
  ],
  ["none|explain.object", "undefined symbol: bpf_program__attach_uprobe_multi"],
  ["explain.perf_event|?doctor.seccomp", "perf_event_open(...): Permission denied"],
  ["none", "kubelet: failed to create token for service account: Operation not permitted"],
  ["none", "error: failed to push some refs to 'https://github.com/x/bpf': Permission denied"],
  [
    "none",
    "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
  ],
  ["none", "cp: cannot create regular file '/usr/lib/bpf/prog.o': Permission denied"],
  ["none", "chmod: changing permissions of '/sys/fs/cgroup/x': Read-only file system"],
  ["none", "mount: /mnt/map: wrong fs type, bad option, bad superblock on /dev/sdb1"],
  ["none", "modprobe: FATAL: Module falco not found in directory /lib/modules/5.10.0"],
  ["none", "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)"],
  ["none", "java.io.FileNotFoundException: /var/log/trace.log (Permission denied)"],
  [
    "none|?doctor.seccomp",
    'audit: type=1326 audit(1.1:2): auid=1000 uid=1000 pid=1 comm="chrome" sig=0 arch=c000003e syscall=230 compat=0 code=0x50000',
  ],
  ["none", "ip netns add test\nmount --make-shared /run/netns failed: Operation not permitted"],
  ["none", "sudo: unable to resolve host box: Name or service not known"],
  ["none", "make[2]: *** [kernel/bpf/verifier.o] Error 1"],
  ["none", "perf: command not found"],
  ["none", 'cgroup: cgroup2: unknown option "nsdelegate,memory_recursiveprot"'],
  ["none", "tc: command not found"],
  ["none", 'Error: Cannot find device "eth7"'],
  ["none", "RTNETLINK answers: File exists"],
  ["none", 'Cannot open network namespace "x": No such file or directory'],
  [
    "none|?explain.kernel_old",
    "WARNING: this kernel is going out of support, please upgrade to a newer kernel",
  ],
  [
    "none",
    "lxc-start: network.c: lxc_create_network_unpriv_exec: lxc-user-nic failed to configure requested network: Operation not permitted",
  ],
  ["none", "Error: initializing source docker://x: reading manifest: unauthorized: token expired"],
  [
    "none",
    "systemd-udevd: could not read from '/sys/module/pcc_cpufreq/initstate': No such device",
  ],
  [
    "none",
    "ERROR: ld.so: object 'libx.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.",
  ],
  ["none|?explain.rootless_container", "bash: /proc/sys/net/ipv4/ip_forward: Permission denied"],
  ["none", "gdb: ptrace: Operation not permitted."],
  ["none", "strace: attach: ptrace(PTRACE_SEIZE, 123): Operation not permitted"],
  [
    "none",
    "docker: Error response from daemon: error while creating mount source path '/x': mkdir /x: read-only file system.",
  ],
];

test.each(messages)("%s: %s", (judged, text) => {
  const one = {
    name: text,
    source: "",
    origin: "ours",
    text,
    expect: null,
    token: "no",
    judged,
  } as const;
  expect(["right", "honest"]).toContain(mark(one, text));
  expect(explainText(text).token).not.toBe("yes");
});
