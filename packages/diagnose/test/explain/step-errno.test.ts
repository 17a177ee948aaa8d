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
