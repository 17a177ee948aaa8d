// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";

/** A change between releases that steps of the suite observe. */
export interface Change {
  /** The first modelled release with the change. */
  readonly since: KernelRelease;
  /** The rules of docs/spec that describe the change, in their text or in a column. */
  readonly rules: readonly string[];
  /** Its row in section 9 of the specification, for a change after 6.12. */
  readonly row?: string;
  /** The differing steps that the change explains: `KIND CALL: BEFORE -> AFTER`. */
  readonly steps: RegExp;
}

const tokenCommand = /bpf\(BPF_(MAP_CREATE|PROG_LOAD|BTF_LOAD), /;

const placesRow = "positions among cgroup programs (relative_fd, BPF_F_BEFORE)";
const placesOfCgroups =
  /BPF_(PROG_ATTACH|LINK_CREATE).*BPF_CGROUP_.*(relative_fd: 1|flags: 8).*: (EINVAL|EBADF|check: \S+) -> /;

/** The patch series: as posted, as reviewed, and as merged. */
const series: readonly Change[] = [
  {
    since: "v10",
    rules: ["MC-01", "MC-10", "PL-01", "PL-04", "BL-01", "BL-03", "TF-01", "TA-01", "CP-01"],
    steps: tokenCommand,
  },
  {
    since: "v10",
    rules: ["EN-09"],
    steps:
      /BPF_TOKEN_CREATE, \[200 zero bytes\].*E2BIG|^outcome .*the attribute has no byte 1[45]\d/,
  },
  { since: "v10", rules: ["TP-01", "TP-08"], steps: /^text read.*allowed_maps/ },
  { since: "v10", rules: ["RN-05"], steps: /^text read.*delegate_maps=0x[0-9a-f]+/ },
  {
    since: "v10",
    rules: ["TC-14", "LS-03"],
    steps: /BPF_TOKEN_CREATE.* -> (EBUSY|EACCES|EMFILE)/,
  },
  {
    since: "v10-reviewed",
    rules: ["TC-04"],
    steps: /BPF_TOKEN_CREATE.*: fd \d+ -> EINVAL/,
  },
  {
    since: "v10-reviewed",
    rules: ["TC-07", "FD-07"],
    steps: /BPF_TOKEN_CREATE.*: (fd \d+ -> EPERM|.*-> token\.create\.userns)/,
  },
  { since: "6.9", rules: ["TC-09"], steps: /BPF_TOKEN_CREATE.*-> EOPNOTSUPP/ },
  { since: "6.9", rules: ["TC-10"], steps: /BPF_TOKEN_CREATE.*-> (ENOENT|.*delegation)/ },
  {
    since: "6.9",
    rules: ["TF-04", "TF-05", "MC-02", "MC-10", "PL-02", "PL-04", "BL-02", "BL-03", "CP-04"],
    steps: tokenCommand,
  },
  {
    since: "6.9",
    rules: ["OP-02", "OP-04", "OP-05", "OP-08", "OP-09"],
    steps: /(fsconfig|mount)\(.*delegate_/,
  },
  { since: "6.9", rules: ["OP-17"], steps: /(fsconfig|mount)\(.*"?[ug]id\b/ },
  { since: "6.9", rules: ["FS-04", "OP-17"], steps: /^memory (fstat|newfstatat).*st_[ug]id/ },
  { since: "6.9", rules: ["FS-04"], steps: /(mkdirat|openat)\(.*(EACCES|permission\.mode) -> / },
  {
    since: "6.9",
    rules: ["RN-01", "RN-02", "RN-04", "RN-06", "RN-09"],
    steps: /^text read.*\b(delegate_|[ug]id=)/,
  },
  { since: "6.9", rules: ["MC-04", "TP-09", "TA-02"], steps: /^text read.*allowed_maps.*any/ },
];

const openTree = "open_tree CLONE of a detached mount";
const uprobeSession = "attach type name trace_uprobe_session";
const stream = "command 37 and its name";

/** Changes between Linux releases. */
const linux: readonly Change[] = [
  {
    since: "6.12",
    rules: ["CG-13", "EN-08"],
    steps: /BPF_RAW_TRACEPOINT_OPEN.*: (EINVAL|check: bpf\.unused_field) -> /,
  },
  {
    since: "6.12",
    rules: ["CG-14"],
    steps: /BPF_LINK_CREATE.*BPF_SK_SKB_VERDICT.*: (EINVAL|check: link\.none) -> /,
  },
  { since: "6.12", rules: ["TA-03", "OP-04"], steps: /"trace_kprobe_session".*: EINVAL -> 0$/ },
  { since: "6.12", rules: ["TA-03", "TP-09"], steps: /^text read.*"allowed_attachs:\\tany" -> / },
  {
    since: "6.12",
    rules: ["TP-08"],
    steps: /newfstatat.*\/proc\/\d+\/fdinfo\/\d.*: (0 -> EACCES|memory: .* -> statbuf: unchanged)$/,
  },
  {
    since: "6.12",
    rules: ["TP-03"],
    steps: /newfstatat\(\d+, NULL.*: (EFAULT|check: path\.fault|memory: statbuf: unchanged) -> /,
  },
  {
    since: "6.12",
    rules: ["MC-15"],
    steps: /BPF_MAP_CREATE.*BPF_F_RDONLY_PROG.*: (fd \d+ -> EACCES|EINVAL -> )/,
  },
  {
    since: "6.12",
    rules: ["BL-05"],
    steps: /BPF_BTF_LOAD, \{btf: \[.*: fd \d+ -> (EFAULT|E2BIG|EINVAL)$/,
  },
  {
    since: "6.15",
    rules: ["MC-15"],
    row: "values of maps with uptr and bpf_res_spin_lock",
    steps: /BPF_MAP_CREATE.*BPF_F_RDONLY_PROG.*: fd \d+ -> EACCES$/,
  },
  {
    since: "6.15",
    rules: ["BG-01", "BG-02", "BG-03", "BG-04", "BG-06", "EN-08"],
    row: "BTF_GET_FD_BY_ID with token flag",
    steps: /BPF_BTF_GET_FD_BY_ID.*: (EINVAL|check: btf\.fd_by_id\.tail) -> /,
  },
  {
    since: "6.15",
    rules: ["FS-08"],
    row: "FSCONFIG_SET_FD with an O_PATH fd",
    steps: /fsconfig\(.*FSCONFIG_SET_FD.*: (EBADF|check: fsconfig\.value\.fd) -> /,
  },
  {
    since: "6.15",
    rules: ["VF-12"],
    row: "CAP_SYS_ADMIN of a token for the helper probe_write_user",
    steps: /BPF_PROG_LOAD.*BPF_PROG_TYPE_KPROBE.*: (EINVAL|check: verify\.helper\.admin) -> /,
  },
  {
    since: "6.15",
    rules: ["PF-14"],
    row: "setxattr and getxattr with a bad fd or path and a bad name; AT_FDCWD as their fd",
    steps:
      /xattr\(.*: (ENOENT|check: path\.no_entry|EBADF|check: file\.fd) -> (ERANGE|xattr\.name|EOPNOTSUPP|xattr\.unsupported)$/,
  },
  {
    since: "6.15",
    rules: ["FS-38"],
    row: "move_mount with a bad source and a missing target",
    steps: /move_mount\(99, .*: (EBADF|check: \S+) -> /,
  },
  {
    since: "6.15",
    rules: ["FS-29"],
    row: openTree,
    steps: /open_tree\(.*OPEN_TREE_CLONE.*: EINVAL -> fd/,
  },
  {
    since: "6.15",
    rules: ["TA-03", "OP-04"],
    row: uprobeSession,
    steps: /"trace_uprobe_session".*: EINVAL -> 0$/,
  },
  {
    since: "6.15",
    rules: ["TA-03"],
    row: uprobeSession,
    steps: /BPF_TRACE_UPROBE_SESSION.*: EPERM -> fd/,
  },
  {
    since: "6.15",
    rules: ["PL-01"],
    row: "bytes 148..151 of PROG_LOAD (fd_array_cnt)",
    steps:
      /BPF_PROG_LOAD, (\[168 zero bytes\].*EINVAL|.*: check: prog\.load\.tail -> |.*fd_array_cnt.*: EINVAL -> |.*memory: attr: .*prog_token_fd=0 -> .* fd_array_cnt=0)/,
  },
  {
    since: "6.15",
    rules: ["BL-05"],
    row: "BTF tags with the kind flag",
    steps: /BPF_BTF_LOAD, \{btf: \[.*: EINVAL -> fd/,
  },
  {
    since: "6.15",
    rules: ["TP-03"],
    row: "newfstatat of the current directory without a path",
    steps: /newfstatat\(.*: (EINVAL|EFAULT|check: \S+|memory: statbuf: unchanged) -> /,
  },
  {
    since: "6.17",
    rules: ["OI-03", "OI-04", "OI-05", "OI-06"],
    row: "OBJ_GET_INFO_BY_FD on token",
    steps:
      /BPF_OBJ_GET_INFO_BY_FD.*: (EINVAL|check: info\.fd\.kind|memory: (info|attr): unchanged) -> /,
  },
  {
    since: "6.17",
    rules: ["CG-15", "EN-07"],
    row: stream,
    steps: /BPF_PROG_STREAM_READ_BY_FD.*: (EINVAL|check: bpf\.command) -> /,
  },
  {
    since: "6.17",
    rules: ["EN-07", "OP-04"],
    row: stream,
    steps: /"prog_stream_read_by_fd".*: EINVAL -> 0$/,
  },
  {
    since: "6.17",
    rules: ["EN-07", "RN-05", "TP-09"],
    row: stream,
    steps: /^text read.*"(.*delegate_cmds=any.*|allowed_cmds:\\tany)" -> /,
  },
  {
    since: "6.17",
    rules: ["CS-05"],
    row: "execve by a caller that acts as another user",
    steps: /^result prctl\(PR_CAP_AMBIENT.*: [01] -> [01]$|^memory getres[ug]id.*[es][ug]id: /,
  },
  {
    since: "6.12",
    rules: ["CG-14"],
    steps: /BPF_PROG_ATTACH.*BPF_CGROUP_.*attach_flags: 64.*: (EINVAL|check: attach\.flags) -> /,
  },
  { since: "6.12", rules: ["CG-14"], steps: placesOfCgroups },
  { since: "6.15", rules: ["CG-14"], row: placesRow, steps: placesOfCgroups },
  { since: "6.17", rules: ["CG-14"], row: placesRow, steps: placesOfCgroups },
  {
    since: "6.17",
    rules: ["VF-09", "VF-04"],
    row: "tracing helpers in SYSCALL programs without CAP_PERFMON",
    steps: /BPF_PROG_LOAD, \{prog_type: BPF_PROG_TYPE_SYSCALL.*: fd \d+ -> EINVAL$/,
  },
  {
    since: "6.18",
    rules: ["MC-15"],
    row: "values of maps with bpf_task_work",
    steps: /BPF_MAP_CREATE.*BPF_F_RDONLY_PROG.*: fd \d+ -> EACCES$/,
  },
  {
    since: "6.18",
    rules: ["CG-11"],
    row: "fields of bpf_map_info that the kernel does not set",
    steps: /^memory bpf\(BPF_OBJ_GET_INFO_BY_FD, .*ifindex=0 .* -> .*ifindex=99 /,
  },
  {
    since: "6.18",
    rules: ["CG-11"],
    row: "size of bpf_map_info, whose last two fields are for a hash of the map",
    steps:
      /BPF_OBJ_GET_INFO_BY_FD.*(bpf_map_info|info_len: 10[04]).*(info_len=88|E2BIG|bpf\.tail|memory: info: unchanged -> )/,
  },
  {
    since: "6.18",
    rules: ["EN-09", "EN-03", "PL-01", "PL-15"],
    row: "attribute union size",
    steps:
      /bpf\(BPF_\w+, \[(168|200) zero bytes\].*(E2BIG|bpf\.tail)|^memory bpf\(BPF_PROG_LOAD.* -> .* signature=0 |^\w+ bpf\(BPF_PROG_LOAD.*signature(_size)?: .*: (E2BIG|check: bpf\.tail|outcome: answered) -> /,
  },
  {
    since: "6.18",
    rules: ["MC-01", "MC-16"],
    row: "hash of a program with MAP_CREATE",
    steps: /BPF_MAP_CREATE.*(check: map\.create\.tail|excl_prog_hash.*: EINVAL) -> /,
  },
];

/** Releases of Linux after 6.18: section 12. */
const later: readonly Change[] = [
  {
    since: "6.19",
    rules: ["TC-15", "LS-03"],
    steps:
      /BPF_TOKEN_CREATE.*: (E[MN]FILE|EBUSY|check: (token\.create\.file_limit|fd\.limit|lsm\.\S+)) -> |^result fspick\(.*: EMFILE -> /,
  },
  {
    since: "6.19",
    rules: ["TP-22", "TP-23"],
    steps: /fsconfig\(.*CMD_RECONFIGURE.*: 0 -> EBUSY$|^decisions .*file_limit/,
  },
  {
    since: "6.19",
    rules: ["MC-08", "MC-12", "TA-02"],
    steps: /BPF_MAP_CREATE.*BPF_MAP_TYPE_INSN_ARRAY.*: /,
  },
  {
    since: "6.19",
    rules: ["CG-09"],
    steps:
      /BPF_MAP_LOOKUP_ELEM, .*flags: 1\}.*: (EINVAL|check: map\.elem\.flags) -> (EBADF|map\.fd\.open)$/,
  },
  {
    since: "7.0",
    rules: ["CG-09"],
    steps:
      /BPF_MAP_UPDATE_ELEM, .*: (E(INVAL|FAULT)|check: map\.elem\.(update_flags|key\.fault)) -> /,
  },
  {
    since: "7.0",
    rules: ["MC-15"],
    steps: /BPF_MAP_CREATE.*BPF_MAP_TYPE_HASH.*: (EINVAL|check: map\.create\.btf\.key) -> /,
  },
  {
    since: "7.0",
    rules: ["PL-19"],
    steps: /BPF_PROG_LOAD.*BPF_F_SLEEPABLE.*: (EINVAL|check: verify\.map\.type) -> /,
  },
  {
    since: "7.1",
    rules: ["PL-19"],
    steps:
      /BPF_PROG_LOAD.*_TRACEPOINT, .*BPF_F_SLEEPABLE.*: (EINVAL|check: prog\.load\.sleepable) -> /,
  },
  {
    since: "7.2",
    rules: ["MC-15", "BL-05"],
    steps:
      /BPF_MAP_CREATE.*BPF_MAP_TYPE_HASH.*: (fd \d+ -> E|.*-> map\.create\.btf)|BPF_BTF_LOAD.*: (EINVAL|check: btf\.fields) -> /,
  },
  {
    since: "7.2",
    rules: ["PL-19"],
    steps: /BPF_PROG_LOAD.*BPF_F_SLEEPABLE.*: (EINVAL|check: verify\.map\.type) -> /,
  },
  {
    since: "7.3",
    rules: ["MC-15"],
    steps: /BPF_MAP_CREATE.*BPF_MAP_TYPE_PERCPU_ARRAY.*: (EINVAL|check: map\.create\.btf\.key) -> /,
  },
  {
    since: "7.3",
    rules: ["PL-19"],
    steps: /BPF_PROG_LOAD.*fd_array_cnt: .* -> (E2BIG|prog\.load\.fd_array\.many)$/,
  },
  { since: "6.19", rules: ["OP-04"], steps: /"insn_array".*: EINVAL -> 0$/ },
  {
    since: "6.19",
    rules: ["RN-05", "TP-09", "TA-02"],
    steps: /^text read.*"(.*delegate_maps=any.*|allowed_maps:\\tany)" -> /,
  },
  {
    since: "7.0",
    rules: ["CG-17", "EN-07"],
    steps: /bpf\((38|BPF_PROG_ASSOC_STRUCT_OPS), .*: (EINVAL|check: bpf\.command) -> /,
  },
  {
    since: "7.0",
    rules: ["OP-04", "TA-03"],
    steps: /"(prog_assoc_struct_ops|trace_fsession)".*: EINVAL -> 0$/,
  },
  {
    since: "7.0",
    rules: ["RN-05", "TP-09", "EN-07", "TA-03"],
    steps: /^text read.*"(.*delegate_\w+=any.*|allowed_(cmds|attachs):\\tany)" -> /,
  },
  {
    since: "7.1",
    rules: ["FS-01", "FS-15"],
    steps: /fsmount\(.*: (EPERM|EINVAL|check: fsmount\.(may_mount|flags)) -> /,
  },
  {
    since: "7.1",
    rules: ["MN-05"],
    steps:
      /(BPF_TOKEN_CREATE, \{bpffs_fd: \d\}, 168\): (EINVAL|check: token\.create\.bpffs)|fsopen\("bpf", 0\): EPERM|umount2\("\/", 0\): (EPERM|check: umount2\.may_mount)) -> /,
  },
  {
    since: "7.1",
    rules: ["BL-05"],
    steps: /BPF_BTF_LOAD.*: (E2BIG|EINVAL|check: btf\.(header\.tail|strings)) -> /,
  },
  {
    since: "7.1",
    rules: ["PL-15"],
    steps:
      /BPF_PROG_LOAD.*signature: BAD_ADDRESS.*: (ENOMEM|check: prog\.load\.signature\.memory) -> /,
  },
  {
    since: "7.1",
    rules: ["CG-11"],
    steps:
      /BPF_OBJ_GET_INFO_BY_FD.*: 0 -> E2BIG$|^memory bpf\(BPF_OBJ_GET_INFO_BY_FD, .*info_len: (104|232),/,
  },
  {
    since: "7.2",
    rules: ["EN-10", "EN-12", "EN-13", "EN-14", "LG-05"],
    steps:
      /bpf\(.*(\{struct bpf_common_attr\}|BAD_ADDRESS|bytes\]|\d\]), \d+\): (EINVAL|EACCES|check: (bpf\.command|lsm\.bpf)) -> |^memory bpf\(.*\{struct bpf_common_attr\}/,
  },
  {
    since: "7.2",
    rules: ["PL-12"],
    steps: /BPF_TRACE_F(ENTRY|EXIT|SESSION)_MULTI, .*: EINVAL -> fd \d+$/,
  },
  {
    since: "7.2",
    rules: ["TP-16"],
    steps: /openat\(.*, "", .*: (ENOENT|check: path\.empty) -> /,
  },
  {
    since: "7.2",
    rules: ["LG-02", "PL-00", "BL-00"],
    steps:
      /BPF_(PROG|BTF)_LOAD.*log_level: (16|64).*: (E\w+|check: \S+) -> (EINVAL|prog\.load\.log|btf\.log)$/,
  },
  {
    since: "7.2",
    rules: ["BL-05"],
    steps: /BPF_BTF_LOAD.*: check: btf\.type\.kind -> /,
  },
  {
    since: "7.2",
    rules: ["MC-04", "MC-08", "MC-12", "TA-02"],
    steps: /BPF_MAP_CREATE.*BPF_MAP_TYPE_RHASH.*: /,
  },
  {
    since: "7.2",
    rules: ["FS-30", "FS-31", "FS-32", "FS-33"],
    steps:
      /[lf]?(set|get|list|remove)xattr\(.*: (EOPNOTSUPP|check: xattr\.unsupported|0|memory: .*) -> /,
  },
  {
    since: "7.2",
    rules: ["FS-35"],
    steps: /(mkdirat\(.*"\/mnt\/dir"|BPF_OBJ_PIN, .*"\/mnt\/map").* -> /,
  },
  { since: "7.2", rules: ["FS-14"], steps: /^\S* ?mount\(.*: ENOMEM -> ENOSPC$/ },
  {
    since: "7.2",
    rules: ["MC-05"],
    steps: /BPF_MAP_CREATE.*BPF_F_RDONLY\|BPF_F_WRONLY.*: (EINVAL|check: bpf\.file_flags) -> /,
  },
  {
    since: "7.2",
    rules: ["PL-12", "TA-03"],
    steps:
      /BPF_PROG_LOAD.*expected_attach_type: \S*(MULTI|59|60|61).* -> (EINVAL|prog\.load\.attach_type)$/,
  },
  { since: "7.2", rules: ["OP-04"], steps: /"(rhash|trace_fentry_multi\S*)".*: EINVAL -> 0$/ },
  {
    since: "7.2",
    rules: ["OP-21"],
    steps: /(common_attrs|Common_Attrs).* -> |^text read.*delegate_cmds=map_create 0 0/,
  },
  {
    since: "7.2",
    rules: ["RN-05", "TP-09", "TA-02", "TA-03"],
    steps: /^text read.*"(.*delegate_\w+=any.*|allowed_(maps|attachs):\\tany)" -> /,
  },
  {
    since: "7.3",
    rules: ["PL-15"],
    steps:
      /BPF_PROG_LOAD.*signature: .*: (EFAULT|check: prog\.load\.signature\.fault|outcome: not-modelled .*) -> /,
  },
  {
    since: "7.3",
    rules: ["PL-18"],
    steps: /BPF_PROG_LOAD.*: (EBUSY|check: lsm\.bpf_prog_load) -> /,
  },
];

export const changes: readonly Change[] = [...series, ...linux, ...later];

const noVerifier = "symbols, kfuncs, values and logs of the verifier are not modelled";
const noneBefore = "earlier releases have no common attributes, so no step can compare them";
const hookArguments = "the arguments of a hook are not part of an answer; proofs of hooks show it";

/** Rules with different texts in two neighbouring columns that no step can distinguish, with the reason. */
export const indistinguishable: readonly { readonly rule: string; readonly why: string }[] = [
  { rule: "EN-09", why: "the size of the series' union is inferred, and the same from v10 on" },
  { rule: "TC-07", why: "the model follows v11, which answered as releases do" },
  { rule: "RN-07", why: "the model always has the names of its release" },
  { rule: "FS-36", why: "nothing shows it" },
  { rule: "FS-29", why: "these mount namespaces are not modelled" },
  { rule: "FS-32", why: "earlier releases have no attributes, so no step can compare them" },
  ...["VF-10", "VF-13", "VF-14", "VL-01"].map((rule) => ({ rule, why: noVerifier })),
  ...["EN-11", "EN-15", "LG-03", "LG-04", "MC-00"].map((rule) => ({ rule, why: noneBefore })),
  { rule: "LS-01", why: hookArguments },
  { rule: "LS-07", why: hookArguments },
  { rule: "TP-19", why: "how often a hook runs is no answer of a call; proofs of hooks show it" },
  { rule: "TP-24", why: "the end of a filesystem is no step; a proof of tokens shows it" },
];

/** Changes in `releases()` that no step of the suite can observe, with the reason. */
export const unobservable: readonly {
  readonly since: KernelRelease;
  readonly rule: string;
  readonly why: string;
}[] = [
  {
    since: "v10",
    rule: "LS-04",
    why: "no call of the earlier release takes a token that a hook could check",
  },
  {
    since: "v10",
    rule: "LS-05",
    why: "no call of the earlier release takes a token that a hook could check",
  },
  {
    since: "6.9",
    rule: "RN-07",
    why: "the kernels of the suite have BTF; filesystem proofs show the change",
  },
  {
    since: "6.15",
    rule: "EN-06",
    why: "the arguments of a hook are not part of an answer; hook proofs show the change",
  },
  { since: "6.18", rule: "CG-09", why: "elements of stack_trace maps are not modelled" },
  ...(["6.18", "6.19"] as const).map((since) => ({
    ...{ since, rule: "TP-19" },
    why: "how often a hook runs is no answer of a call; proofs of hooks show it",
  })),
  {
    since: "6.19",
    rule: "TP-24",
    why: "the end of a filesystem is no step; a proof of tokens shows it",
  },
  { since: "7.0", rule: "FS-29", why: "these mount namespaces are not modelled" },
  { since: "7.1", rule: "VF-10", why: noVerifier },
  ...["EN-11", "EN-15", "LG-03", "LG-04", "MC-00"].map((rule) => {
    return { since: "7.2" as const, rule, why: noneBefore };
  }),
  { since: "7.2", rule: "FS-36", why: "nothing shows it" },
  { since: "7.2", rule: "LS-01", why: hookArguments },
  { since: "7.3", rule: "LS-07", why: hookArguments },
  ...["VF-13", "VF-14", "VL-01"].map((rule) => {
    return { since: "7.3" as const, rule, why: noVerifier };
  }),
];

/** Rows of section 9 that no step of the suite can observe, with the reason. */
export const unobservableRows: readonly { readonly row: string; readonly why: string }[] = [
  {
    row: "MAP_LOOKUP_AND_DELETE_ELEM of stack traces",
    why: "elements of stack_trace maps are not modelled",
  },
];
