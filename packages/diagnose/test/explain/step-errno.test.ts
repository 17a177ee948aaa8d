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
