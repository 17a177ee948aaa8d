// SPDX-License-Identifier: MIT
// Causes that are no token matter and that people ask for daily, and steps that name only EPERM.
import { expect, test } from "vitest";
import { type CauseId, explainText } from "../../src/index.ts";

const first = (text: string) => {
  const { verdict, token, candidates, harmless } = explainText(text);
  const { id, confidence } = candidates[0] ?? harmless[0] ?? {};
  return { verdict, token, id, confidence };
};

test.each<[string, CauseId]>([
  ["error loading seccomp filter into kernel: errno 524", "explain.jit_limit"],
  ["libbpf: prog 'x': BPF program load failed: -524", "explain.jit_limit"],
  ["map create: cannot allocate memory", "explain.memory_cgroup"],
  [
    "libbpf: Error in bpf_create_map_xattr(x): Cannot allocate memory(-12)",
    "explain.memory_cgroup",
  ],
  ["error: rootless mode: mount bpffs: permission denied", "explain.rootless_container"],
  ["newuidmap: write to uid_map failed: Operation not permitted", "explain.rootless_container"],
  ["unshare: write failed /proc/self/uid_map: Operation not permitted", "explain.apparmor_userns"],
  [
    "libbpf: kernel BTF is missing at '/x', was CONFIG_DEBUG_INFO_BTF enabled?",
    "explain.btf_missing",
  ],
  ["see the manual for more details on lockdown and how to disable it.", "doctor.lockdown"],
  ["libxdp: No bpffs found at /sys/fs/bpf", "doctor.bpffs"],
  ["ERROR: Missing CAP_BPF capability,", "explain.rootless"],
  ["crun: bpf create `x`: Operation not permitted", "explain.device_cgroup"],
  ["Operation not permitted - Failed to create bpf program", "explain.device_cgroup"],
  ["operation not permitted - Failed to handle bpf syscall", "explain.intercept"],
  ["Not enough privileges, BPF device control is not supported.", "explain.device_cgroup"],
  ["Kernel compiled with CGROUP_BPF enabled?", "explain.kernel_config"],
  ["The bpf syscall is not available", "doctor.seccomp"],
  ["bpffs helper exited with error: Operation not permitted", "explain.namespace_setup"],
  ["Failed to create bpffs superblock: Operation not permitted", "bpffs.fill.capable"],
  ["Failed to move bpffs mount to /x: Operation not permitted", "mount.capable"],
  ["Unknown BPF delegate option, ignoring: x", "option.delegate.item"],
  ["Error: can't get link by id (7): Operation not permitted", "bpf.admin"],
])("'%s' is %s, and not certain", (text, id) => {
  expect(first(text)).toMatchObject({ id, confidence: "likely" });
});

test("hidden addresses are not blamed on one of two settings", () => {
  const text = "restricted by kernel.kptr_restrict and/or net.core.bpf_jit_harden sysctls";
  const { candidates } = explainText(text);
  expect(candidates.map(({ id }) => id)).toEqual(["explain.kptr", "explain.jit_harden"]);
  expect(candidates[0]?.confidence).toBe("likely");
});

test.each<[string, CauseId]>([
  ["libbpf: prog 'x': failed to auto-attach: -1", "attach.link.capable"],
  ["failed to attach kprobe: -1", "explain.perf_event"],
  ["failed to load BPF object: -1", "prog.load.sysctl"],
  ["libxdp: Failed to load dispatcher: Operation not permitted", "prog.load.sysctl"],
  ["get link fd from ID 7: operation not permitted", "bpf.admin"],
  ["can't query program IDs: operation not permitted", "prog.query.capable"],
  ["load BTF: operation not permitted", "btf.load.capable"],
  ["get token info: operation not permitted", "token.create.capable"],
  ["Unable to pin XDP program at /x: Operation not permitted", "explain.pin_mode"],
  ["libxdp: mount --bind /a /b failed: Operation not permitted", "mount.capable"],
  ["failed to open /proc/kallsyms: Operation not permitted", "explain.kptr"],
])("'%s' names only a step, so %s is possible", (text, id) => {
  const found = first(text);
  expect(found).toMatchObject({ id, confidence: "possible" });
  expect(found.verdict).toContain("possibly, ");
});

test.each([
  "libbpf: map 'x': created successfully, fd=-1",
  "progress: -1",
  "libbpf: loaded kernel BTF from '/sys/kernel/btf/vmlinux'",
])("'%s' is no refusal", (text) => {
  expect(explainText(text).candidates).toEqual([]);
});

test("libbpf's remark about the BTF of modules is harmless", () => {
  const text = "libbpf: skipping module BTFs loading, missing privileges";
  expect(explainText(text)).toMatchObject({
    candidates: [],
    harmless: [{ id: "explain.probe_answer" }],
  });
});

test("lines that may be about BPF are kept until a line is, but not more than 16", () => {
  const line = "RTNETLINK answers: Operation not permitted\n";
  expect(explainText(line.repeat(20)).candidates).toEqual([]);
  const counts = [15, 16, 17].map(
    (count) => explainText(`${line.repeat(count)}bpf`).candidates[0]?.count,
  );
  expect(counts).toEqual([15, 16, 16]);
});

test("a line is read whole up to 256 KiB, and a longer one at its ends", () => {
  const error = " Failed to create bpffs superblock: Operation not permitted ";
  const found = (length: number, last = ""): number => {
    const text = `${"x ".repeat(100_000)}${error}`;
    return explainText(`${text}${" ".repeat(length - text.length)}${last}`).candidates.length;
  };
  const whole = found(1 << 18);
  expect(whole).toBeGreaterThan(0);
  expect(found(1 << 18, "\n")).toBe(whole);
  const near = `${"x ".repeat(1 << 17)}${error}`;
  expect(explainText(near).candidates.length).toBe(whole);
  const cut = `${"x ".repeat((1 << 17) - 2045)}${error}${" ".repeat(5000)}`;
  expect([explainText(cut), explainText(`${cut}\n`)].map(({ candidates }) => candidates)).toEqual([
    ...[[], []],
  ]);
});

test("at most 10,000 mounted filesystems that were opened again are distinguished", () => {
  const masksOf = (picks: number): string => {
    const lines = [
      ...Array.from({ length: picks }, (_, i) => `fspick(AT_FDCWD, "/x", 0) = ${i + 10}`),
      'fspick(AT_FDCWD, "/x", 0) = 3',
      ...["cmds", "maps"].map((axis) => {
        const value = axis === "maps" ? "array" : "any";
        return `fsconfig(3, FSCONFIG_SET_STRING, "delegate_${axis}", "${value}", 0) = 0`;
      }),
      "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4, max_entries=1, map_flags=BPF_F_TOKEN_FD, map_token_fd=7}, 80) = -1 EPERM (Operation not permitted)",
    ];
    return explainText(lines.join("\n")).candidates[0]?.cause ?? "";
  };
  const known = masksOf(0);
  expect(known).not.toContain("the token does not allow map type hash");
  expect(masksOf(9_999)).toBe(known);
  expect(masksOf(10_000)).toContain("the token does not allow map type hash");
});

test("of a line with several causes, none is certain", () => {
  expect(first("libbpf: failed to load object: -1")).toMatchObject({ confidence: "possible" });
});

test("the end of a log of the verifier is missing only if the text does not have it", () => {
  const log = "error: failed\n0: (b7) r0 = 0\n";
  const unknown = (text: string) => explainText(text).unknown;
  expect(unknown(log)).toEqual([expect.stringContaining("the end of the verifier's log")]);
  expect(unknown(`${log}R1 !read_ok\nprocessed 1 insns`)).toEqual([]);
  expect(unknown(`${log}processed 1 insns`)).toEqual([]);
  expect(unknown(log.replace("error: failed", "ok"))).toEqual([]);
});

test.each([
  "MEMLOCK may be too low, consider rlimit.RemoveMemlock()",
  "map create: operation not permitted (MEMLOCK may be too low, consider rlimit.RemoveMemlock())",
])("the remark of a library about MEMLOCK fits old kernels only: %s", (text) => {
  expect(first(text)).toMatchObject({
    id: expect.stringMatching(/^(?:map\.create|prog\.load)\.sysctl$/),
    verdict: expect.stringContaining("the remark about MEMLOCK fits Linux before 5.11 only"),
  });
});
