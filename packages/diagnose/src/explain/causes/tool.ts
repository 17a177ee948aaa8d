// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Findings of `doctor` and `trace` that no check of the model and no pasted text has. */
export type ToolCauseId =
  | "doctor.unknown"
  | "doctor.capability"
  | "doctor.idle_command"
  | "doctor.hook"
  | "doctor.try"
  | "trace.token_without_flag"
  | "trace.foreign_token"
  | "trace.seccomp"
  | "trace.pin_mode"
  | "trace.verifier"
  | "trace.disagreement"
  | "trace.unknown";

const COMPARE = "compare the masks by hand: step 5 of docs/eperm.md";

/** The texts of {@link ToolCauseId}. */
export const toolCauses: Readonly<Record<ToolCauseId, CauseText>> = {
  "doctor.unknown": {
    kind: "token",
    cause: "the model cannot rebuild the mount, or refuses a token without a reason",
    decides:
      "grep ' bpf ' /proc/PID/mountinfo: a name of a newer kernel, or more than 256 different BPF filesystems",
    fix: ["give the release of the kernel with --release", COMPARE],
  },
  "doctor.capability": {
    kind: "capability",
    cause: "the process lacks a capability, and a token does not grant it",
    decides: "CapEff in /proc/PID/status, decoded by `capsh --decode=…`",
    fix: ["give the program the capability in its own user namespace"],
  },
  "doctor.idle_command": {
    kind: "harmless",
    cause: "delegate_cmds has a command that does not use a token",
    decides:
      "delegate_cmds in /proc/PID/mountinfo: only map_create, prog_load, btf_load and, since Linux 6.15, btf_get_fd_by_id use a token",
    fix: ["remove the name; it does no harm"],
  },
  "doctor.hook": {
    kind: "setup",
    cause: "the host has an old build of the OCI hook, which a hostile container can take over",
    decides:
      "grep -c 'bpf-token-hook revision' /usr/local/libexec/bpf-token-hook: 0 is an old build",
    fix: ["install the hook again: bpf-token hook install --yes; docs/advisory-joining.md"],
  },
  "doctor.try": {
    kind: "policy",
    cause: "the answer of the kernel to a real call differs from the prediction",
    decides: "bpf-token doctor --try: which call, and with which errno",
    fix: [
      "if the kernel refused: look for a seccomp filter, a security module or the verifier",
      "if it did not refuse: the prediction is wrong; please report it",
    ],
  },
  "trace.token_without_flag": {
    kind: "token",
    cause: "the call gives a token without BPF_F_TOKEN_FD, so the kernel does not read it",
    decides: "strace -v -e trace=bpf: the flags of the call lack 0x10000",
    fix: ["set BPF_F_TOKEN_FD in map_flags, prog_flags, btf_flags or open_flags"],
  },
  "trace.foreign_token": {
    kind: "token",
    cause:
      "the token belongs to another user namespace, where the caller's capabilities do not count",
    decides: "readlink /proc/PID/ns/user of the process that created the token and of the caller",
    fix: ["create the token in the namespace of the program that uses it"],
  },
  "trace.seccomp": {
    kind: "policy",
    cause: "a seccomp filter of the program answered, and the kernel never ran the call",
    decides: "bpf-token trace: it sees the call enter, and not pass the filters",
    fix: ["permit bpf() in the seccomp profile of the container"],
  },
  "trace.pin_mode": {
    kind: "setup",
    cause: "the file permissions of a pinned object, or of a directory above it, refuse the access",
    decides: "ls -ld of the object and of each directory above it, as the user of the program",
    fix: ["let the process that pins set the mode or the owner; objects of root have mode 0600"],
  },
  "trace.verifier": {
    kind: "program",
    cause: "the permissions are sufficient, and the verifier or the BTF parser refused the program",
    decides: "the last line of the log that the loader asked for",
    fix: [
      "change the program, or give the caller the capability that the fix of the finding names",
    ],
  },
  "trace.disagreement": {
    kind: "policy",
    cause: "the kernel and the model give different answers",
    decides:
      "a security module (journalctl -k, ausearch -m avc), or a seccomp filter (Seccomp in /proc/PID/status)",
    fix: ["if neither refuses, the model is wrong; please report it with the recording"],
  },
  "trace.unknown": {
    kind: "setup",
    cause: "a fact about the call is missing, so nothing is concluded from it",
    decides: "the finding names the fact, such as a file descriptor of unknown origin",
    fix: ["start the program under bpf-token trace, in place of following it with --pid"],
  },
};
