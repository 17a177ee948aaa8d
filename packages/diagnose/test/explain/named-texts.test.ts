// SPDX-License-Identifier: MIT
// Texts that name their cause, and lines that are nearly one.
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const first = (text: string) => {
  const { candidates, harmless } = explainText(text);
  return (candidates[0] ?? harmless[0])?.id;
};

const NO_TRACEPOINT =
  "libbpf: failed to determine tracepoint 'sched/sched_process_exec' perf event ID";

describe("names of errnos, which libbpf 1.5 prints", () => {
  test.each([
    [`${NO_TRACEPOINT}: -ENOENT`, "explain.tracefs"],
    [`${NO_TRACEPOINT}: No such file or directory`, "explain.tracefs"],
    [
      "libbpf: prog 'a': failed to create kprobe 'do_x' perf event: -ENOENT",
      "explain.attach_target",
    ],
  ])("%s", (text, id) => {
    expect(first(text)).toBe(id);
  });
});

describe("the last line of iproute2 after any failure", () => {
  const LAST = "Error fetching program/map!";

  test.each([
    [`Prog section 'a' rejected: Operation not permitted (1)!\n${LAST}`, "prog.load.sysctl"],
    [`Prog section 'a' rejected: Permission denied (13)!\n${LAST}`, "explain.verifier"],
    [`Program section 'a' not found in ELF file!\n${LAST}`, "explain.object"],
    [LAST, "explain.object"],
  ])("%j", (text, id) => {
    expect(first(text)).toBe(id);
  });

  test("is not certain alone", () => {
    expect(explainText(LAST).candidates[0]?.confidence).toBe("possible");
  });
});

describe("a helper that the program cannot call", () => {
  test.each([
    ["program of this type cannot use helper bpf_xdp_adjust_head#44", "explain.helper"],
    ["program of this type cannot use helper bpf_get_stackid#27", "explain.helper"],
    ["program of this type cannot use helper bpf_trace_printk#6", "explain.verifier_capability"],
    [
      "program of this type cannot use helper bpf_skc_to_tcp_sock#137",
      "explain.verifier_capability",
    ],
    ["program of this type cannot use helper bpf_probe_read#4", "doctor.lockdown"],
    ["unknown func bpf_override_return#58", "explain.kernel_config"],
    ["unknown func bpf_get_stackid#27", "explain.helper"],
  ])("%s", (text, id) => {
    expect(first(text)).toBe(id);
  });
});

test.each([
  ["Attaching fexit/fmod_ret to __noreturn function 'do_x' is rejected.", "explain.attach_target"],
  ["load: permission denied: access beyond struct sock at off 1672 size 4", "explain.verifier"],
])("a message of the verifier: %s", (text, id) => {
  expect(first(text)).toBe(id);
});

describe("texts of tools", () => {
  test.each([
    ["tool: BTF search failed: kernel is not in the list", "explain.btf_missing"],
    [
      "E bpfloader: Failed to load object: /a.o, ret: Operation not permitted",
      "explain.kernel_config",
    ],
    ["bpf_prog_query(BPF_CGROUP_DEVICE) failed: invalid argument", "explain.kernel_config"],
    ["BPF_PROG_ATTACH (BPF_CGROUP_DEVICE, 2): argument list too long", "explain.kernel_old"],
    ["kprobe: setting perf event bpf program: invalid argument", "explain.attach_unsupported"],
    ["warning: implicit declaration of function 'bpf_task_acquire' is invalid", "explain.compile"],
    ["event=lsm_bpf comm=bpftool retval=-1", "doctor.lsm"],
    ["Error: can't get prog by id (33): Permission denied", "explain.selinux"],
    [
      "bpf(BPF_MAP_UPDATE_ELEM, {map_fd=7, flags=0x8}, 32) = -1 EINVAL (I)",
      "map.elem.update_flags",
    ],
  ])("%s", (text, id) => {
    expect(first(text)).toBe(id);
  });

  test("an attachment without its errno names no release", () => {
    expect(first("failed to call BPF_PROG_ATTACH (BPF_CGROUP_DEVICE, 2)")).toBeUndefined();
  });

  test("a busy function can be held by another program", () => {
    const { candidates } = explainText("libbpf: prog 'a': failed to attach: -EBUSY");
    expect(candidates.map(({ id }) => id)).toContain("explain.busy");
  });
});

describe("the capability that a call needs", () => {
  const EPERM = "= -1 EPERM (Operation not permitted)";
  const EINVAL = "= -1 EINVAL (Invalid argument)";

  test.each([
    [`bpf(BPF_PROG_QUERY, {query={target_fd=3}}, 64) ${EPERM}`, "prog.query.capable"],
    [`bpf(BPF_PROG_GET_NEXT_ID, {start_id=0}, 120) ${EPERM}`, "bpf.admin"],
    [`bpf(BPF_RAW_TRACEPOINT_OPEN, {raw_tracepoint={prog_fd=4}}, 16) ${EPERM}`, "doctor.seccomp"],
  ])("%s", (text, id) => {
    expect(first(text)).toBe(id);
  });

  test("EINVAL of a link excludes it, EINVAL of BPF_PROG_ATTACH does not", () => {
    const ids = (call: string) =>
      explainText(`bpf(${call} ${EINVAL}`).candidates.map(({ id }) => id);
    expect(
      ids(
        "BPF_LINK_CREATE, {link_create={prog_fd=4, target_fd=3, attach_type=BPF_CGROUP_INET_EGRESS}}, 48)",
      ),
    ).not.toContain("attach.prog.capable");
    expect(
      ids(
        "BPF_PROG_ATTACH, {target_fd=3, attach_bpf_fd=4, attach_type=BPF_CGROUP_INET_EGRESS}, 16)",
      ),
    ).toContain("attach.prog.capable");
  });
});
