// SPDX-License-Identifier: MIT
// What a step and an errno mean, in words of tools that no rule knows.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

test.each([
  ["mytool: could not create the map flows_v4: invalid argument", "explain.map_definition"],
  ["mytool: loading the eBPF object: E2BIG", "explain.program_size"],
  ["Unable to load BPF skeleton (err: -95)", "explain.kernel_config"],
  ["XDP: attaching to eth0 failed, error code -16", "explain.busy"],
  ["set_xdp_fd: link set xdp fd failed (-95)", "explain.xdp_driver"],
  ["AF_XDP socket: Operation not supported", "explain.xdp_driver"],
  ["enable kprobe tcp_v4_connect: no such file or directory", "explain.attach_target"],
  ["bpf: pinning the map at /sys/fs/bpf/x/y: ENOENT", "explain.bpffs_place"],
  ["cannot attach my eBPF program to the cgroup: invalid argument", "explain.cgroup"],
  [
    'bind(3, {sa_family=0x2c, sa_data="..."}, 16) = -1 EBUSY (Device or resource busy)',
    "explain.busy",
  ],
  ["mytool: creating the eBPF map flows_v4: too many open files", "fd.limit"],
  ["cannot insert the route into the map routes_v4: no space left on device", "map.elem.full"],
  ['loading "raw_tracepoint/sys_enter": no space left on device', "explain.log_buffer"],
  ["iproute2: No ELF library support compiled in.", "explain.object"],
  ["libbpf: failed to find BTF info for object agent.o", "explain.object"],
  ["your kernel headers cannot be found at /usr/src/linux", "explain.headers"],
  ["mytool: open /proc/kallsyms: no such file or directory", "explain.kernel_config"],
  ["mytool: load the map flows_v4: permission denied", "explain.selinux"],
  ["mytool: attach kfunc tcp_close: no such process", "explain.attach_target"],
  ["mytool: create an AF_XDP socket: ENOTSUP", "explain.xdp_driver"],
  ["mytool: cannot fetch the BTF of vmlinux: operation not supported", "explain.btf_missing"],
  ["mytool: can't open eBPF program '/opt/x/agent.o': Errno 2. Exiting.", "explain.object"],
  ["mytool: bpf create `devices`: no such device", "explain.device_cgroup"],
  ["raise /proc/sys/kernel/perf_event_mlock_kb", "explain.perf_event"],
])("%s", (text, id) => {
  const { candidates, token } = explainText(text);
  expect([candidates[0]?.id, token]).toEqual([id, "no"]);
  expect(candidates[0]?.confidence).not.toBe("certain");
});

test.each([
  "could not load the module filter.so: no such file or directory",
  "add the egress gateway: invalid argument",
])("a step of other programs says nothing without BPF: %s", (text) => {
  expect(explainText(text).candidates).toEqual([]);
});

test.each([
  [
    "an interface",
    "failed to attach the XDP program to eth0: operation not permitted",
    "doctor.netns",
  ],
  [
    "aya's words for a log of the verifier",
    "the `BPF_PROG_LOAD` syscall failed. Verifier output: : Operation not permitted (os error 1)",
    "prog.load.sysctl",
  ],
])("a step with its errno says more than a step alone: %s", (_, text, id) => {
  expect(explainText(text).candidates[0]?.id).toBe(id);
});

test("a program that libxdp cannot replace keeps the interface busy", () => {
  const text = (reason: string) =>
    `libxdp: ${reason}\nFailed to attach XDP program to interface 'eth0'`;
  const reason = "Existing program is not using a dispatcher, can't replace; unload first";
  expect(explainText(text(reason)).candidates[0]?.id).toBe("explain.busy");
  expect(explainText(text("the program is replaced")).candidates[0]?.id).toBe("explain.xdp_driver");
});

test("the id of a BTF object is not the BTF of the kernel", () => {
  const text = (what: string) => explainText(`could not find BTF${what}: operation not permitted`);
  expect(text(" id 7").candidates[0]?.id).toBe("bpf.admin");
  expect(text("").candidates[0]?.id).toBe("explain.btf_missing");
});

test("libbpf without a configuration of the kernel is named, not the load that fails after it", () => {
  const text = (first: string) =>
    `libbpf: ${first}\nlibbpf: failed to load BPF skeleton 'x': -EINVAL`;
  const { candidates } = explainText(text("failed to open system Kconfig"));
  expect(candidates[0]?.id).toBe("explain.kernel_config");
  expect(candidates[0]?.cause).toContain("CONFIG_IKCONFIG_PROC");
  expect(explainText(text("opened system Kconfig")).candidates[0]?.id).toBe("explain.verifier");
});

test("an old libbpf that cannot load the BTF of an object continues without it", () => {
  const text = (btf: string) => explainText(`libbpf: Error loading ${btf}: Invalid argument(22)`);
  expect(text("BTF").harmless.map(({ id }) => id)).toEqual(["explain.btf_upload"]);
  expect(text("vmlinux BTF").harmless).toEqual([]);
});

test("AppArmor that denies another capability is not certainly the reason", () => {
  const text = (name: string) =>
    `apparmor="DENIED" operation="capable" profile="snap.x" comm="x" capability=0  capname="${name}"`;
  const certain = (name: string) => explainText(text(name)).candidates[0]?.confidence === "certain";
  expect([certain("bpf"), certain("sys_admin"), certain("chown")]).toEqual([true, true, false]);
});

test("the errno of libbpf's first probe can stand in the line before", () => {
  const text = (errno: string) =>
    `libbpf: Error in bpf_object__probe_loading():${errno}.\nCouldn't load trivial BPF program.`;
  const first = (errno: string) => explainText(text(errno)).candidates[0]?.id;
  expect(first("Function not implemented(38)")).toBe("explain.kernel_config");
  expect(first("Operation not permitted(1)")).toBe("prog.load.sysctl");
});

test.each([
  ["back-edge from insn 584 to 594", "explain.kernel_old"],
  ["function calls to other bpf functions are allowed for root only", "verify.call.capable"],
])("what the verifier permits depends on the release or on CAP_BPF: %s", (reason, id) => {
  const text = `libbpf: prog 'x': BPF program load failed: Invalid argument\n${reason}`;
  expect(explainText(text).candidates[0]?.id).toBe(id);
});

test("another scheduler that runs already keeps the place busy", () => {
  const text = (name: string) => explainText(`Error: another ${name} is already running`);
  expect(text("sched_ext scheduler").candidates[0]?.id).toBe("explain.busy");
  expect(text("instance of apt").candidates).toEqual([]);
});

test("without an errno, the step alone counts", () => {
  const text = "Error attaching XDP program to eth0";
  expect(explainText(text).candidates[0]?.id).toBe("explain.xdp_driver");
});

test("the parser of BTF answers a caller who may load BTF", () => {
  const text = (log: string) => `the BPF_BTF_LOAD syscall failed. Verifier output: ${log}`;
  const { harmless } = explainText(text("magic: 0xeb9f: Invalid argument"));
  expect(harmless.map(({ id }) => id)).toEqual(["explain.btf_upload"]);
  expect(explainText(text("")).harmless).toEqual([]);
});

test.each([
  ["a setting that restricts nothing", "kernel.apparmor_restrict_unprivileged_userns = 0"],
  ["a probe in a path", "open /opt/agent/probe/x.toml: permission denied"],
  ["an object of a compiler", "ld: cannot open main.o: no such file"],
  ["a file in memory", "cannot mmap /dev/mem: operation not permitted"],
  ["files of other programs", "accept: too many open files"],
  ["a limit that was raised", "task setRLimit (6/6): done\nbpffs: task mountBPFFS (3/6): starting"],
])("%s is no matter of bpf()", (_, text) => {
  expect(explainText(text).candidates).toEqual([]);
});

test("EMFILE of a system call has one cause", () => {
  const text = "bpf(BPF_MAP_CREATE, {map_type=0x1}, 72) = -1 EMFILE (Too many open files)";
  expect(explainText(text).candidates[0]).toMatchObject({ id: "fd.limit", confidence: "certain" });
});

test("a program that is refused before its first instruction has the reason in the line before", () => {
  const log = (reason: string) =>
    `libbpf: prog 'x': BPF program load failed: Invalid argument\n${reason}\nprocessed 0 insns (limit 1000000)`;
  const { candidates } = explainText(log("JIT does not support calling kernel function"));
  expect(candidates[0]).toMatchObject({ id: "explain.verifier", confidence: "certain" });
  expect(candidates[0]?.cause).toContain("JIT does not support");
  expect(explainText(log("func#0 @0")).candidates[0]?.confidence).not.toBe("certain");
});

test("systemd cannot use its firewall: the cgroup hierarchy is one of the reasons", () => {
  const { candidates } = explainText(
    "the local system does not support BPF/cgroup based firewalling",
  );
  expect(candidates.map(({ id }) => id)).toContain("explain.cgroup");
  expect(candidates[0]?.confidence).not.toBe("certain");
});

test("the words of a source file's name are no step", () => {
  const text = "panicked at 'bpf: Os { code: 22 }', redbpf/src/load/loader.rs:51:67";
  expect(explainText(text).candidates).toEqual([]);
});

test("a log of the verifier without its end is possibly rejected, and says what is missing", () => {
  const text =
    "error: the verifier\n1: (7b) *(u64 *)(r10 -104) = r1\n2: (85) call x#35 ; R0=scalar()";
  const { candidates, unknown } = explainText(text);
  expect([candidates[0]?.id, candidates[0]?.confidence]).toEqual(["explain.verifier", "possible"]);
  expect(unknown.join()).toContain("the end of the verifier's log");
});

test("a JSON line with a whole log of the verifier has its reason", () => {
  const log =
    "load program: permission denied:\n\t1: (61) r1 = *(u32 *)(r7 +4)\n\tR7 invalid mem access 'inv'\n\tprocessed 8 insns";
  const { candidates } = explainText(JSON.stringify({ level: "error", msg: log }));
  expect([candidates[0]?.id, candidates[0]?.cause]).toEqual([
    "explain.verifier",
    expect.stringContaining("invalid mem access"),
  ]);
});
