// SPDX-License-Identifier: MIT
// Texts of loaders for one errno or check of their own, and lines that are nearly one.
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const first = (text: string) => {
  const { candidates, harmless } = explainText(text);
  return (candidates[0] ?? harmless[0])?.id;
};

describe("a text of a loader", () => {
  test.each([
    ["app: could not load skeleton: Kernel verifier blocks program loading", "explain.verifier"],
    ["libbpf: load failed: -4007", "explain.verifier"],
    ["bpf: error initializing tuner.so: Unknown error 4007", "explain.verifier"],
    ["bpf_object__load: Kernel doesn't support this program type", "explain.kernel_config"],
    ["app: BPF object format invalid", "explain.object"],
    ["libxdp: bpf object: error 4001", "explain.object"],
    ["program a: attach Tracing/TraceFEntry: fentry do_x not supported", "explain.attach_target"],
    ["program a: attach Tracing/TraceRawTp: raw_tp irq_x not supported", "explain.attach_target"],
    ["program a: attach LSM/LSMMac: file_x LSM hook not supported", "explain.attach_target"],
    ["bpf: Attaching prog to lo: Operation not supported", "explain.xdp_driver"],
    ["bpf: Attaching prog to eth0: Operation not permitted", "doctor.netns"],
    ['write(9, "p:kprobes/p_x_bcc_1 x", 21) = -1 ENOENT (No such file)', "explain.attach_target"],
    ['write(9, "r16:uprobes/r_x x:0", 19) = -1 ENOENT (No such file)', "explain.attach_target"],
    ["libbpf: corrupted maps section in a.o: last map too small", "explain.object"],
    ["libbpf: Error loading BTF: -22\n[3] Invalid kind:13", "explain.btf_upload"],
    ["addr_space_cast insn can only convert between address space 1 and 0", "explain.verifier"],
    ["eBPF profiler: no more space in map labels", "map.elem.full"],
    ["BPF probe: failure populating program array: EPERM", "explain.every_command"],
    ["bpf: lookup in map flows: operation not permitted", "explain.every_command"],
    ["bpf: update map flows: EPERM", "explain.every_command"],
    ["bpf: attach XDP: numerical result out of range", "explain.xdp_mtu"],
    ["eBPF: Required kernel config options not found.", "explain.kernel_config"],
    ["eBPF: your kernel appears to be older than 4.11", "explain.kernel_old"],
  ])("names the cause: %s", (text, id) => {
    expect(first(text)).toBe(id);
  });

  test.each([
    "wallet: request rejected with error 4001",
    "server: failed 4007 of 5000 requests",
    "conn.Receive: netlink receive: numerical result out of range",
    "game: no more space in map of level 3",
    "zip: corrupted central section",
    "printer: landscape orientation not supported",
    "populating map of countries: operation not permitted",
    'write(9, "p:kprobes/p_x_bcc_1 x", 21) = 21',
    "[3] INT int8 size=1 bits_offset=0 nr_bits=8 encoding=SIGNED",
    "my car is older than 4 years",
  ])("is no cause: %s", (text) => {
    expect(first(text)).toBeUndefined();
  });
});
