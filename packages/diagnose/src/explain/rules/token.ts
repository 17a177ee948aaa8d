// SPDX-License-Identifier: MIT
import type { CauseId } from "../cause.js";
import { EPERM, eperm, inOrder, quoted, type Rule } from "./rule.js";

/** What the loader could not create a token for, by the errno in the text. */
const created = (errno: string, causes: readonly CauseId[]): Rule => ({
  find: new RegExp(`failed \\(${errno}\\) to create BPF token from '[^']*'`, "i"),
  causes,
  strength: 3,
});

const delegateOption = /delegate_(?:cmds|maps|progs|attachs)\b/i;
const refusedMount = new RegExp(`${EPERM}|permission denied`, "i");
const creating =
  /creat(?:e|ed|ing|ion)? (?:a |the )?bpf[ _]token|bpf_token_create|create token(?: from \S{1,64})?: /i;

/** Texts about tokens and BPF filesystems: of libbpf, cilium/ebpf, bpftool and container managers. */
export const tokenRules: readonly Rule[] = [
  {
    find: /to create BPF token from '[^']*', skipping optional step/,
    causes: ["explain.token_optional"],
    strength: 2,
  },
  {
    find: /doesn't have BPF token delegation set up, skipping/,
    causes: ["explain.token_optional"],
    strength: 2,
    says: () =>
      "the BPF filesystem delegates nothing (no delegate_… option), so libbpf continues without a token",
  },
  {
    find: /: token is prevented, skipping/,
    causes: ["explain.token_optional"],
    strength: 2,
    says: () => "LIBBPF_BPF_TOKEN_PATH is empty, so libbpf creates no token",
  },
  created("-(?:1|EPERM)", ["token.create.capable", "token.create.userns", "doctor.seccomp"]),
  created("-(?:2|ENOENT)", ["token.create.delegation"]),
  created("-(?:95|EOPNOTSUPP)", ["token.create.init_ns"]),
  created("-(?:22|EINVAL)", ["doctor.release", "token.create.root", "token.create.bpffs"]),
  created("-(?:9|EBADF)", ["token.create.fd"]),
  created("-(?:38|ENOSYS)", ["doctor.seccomp", "explain.kernel_config"]),
  {
    find: inOrder(creating, /invalid argument|EINVAL/i),
    causes: ["doctor.release", "token.create.root", "token.create.bpffs"],
    strength: 2,
  },
  {
    find: inOrder(creating, eperm),
    causes: ["token.create.capable", "token.create.userns", "doctor.seccomp"],
    strength: 2,
  },
  {
    find: inOrder(creating, /no such file|ENOENT/i),
    causes: ["token.create.delegation"],
    strength: 2,
  },
  {
    find: inOrder(creating, /not supported|EOPNOTSUPP/i),
    causes: ["token.create.init_ns"],
    strength: 2,
  },
  {
    find: /failed \(-?\w+\) to open BPF FS mount at '([^']*)'|failed to open BPF FS mount/,
    causes: ["doctor.bpffs", "explain.pin_mode"],
    strength: 3,
  },
  {
    find: inOrder(/(map|prog(?:ram)?) type (\w+):/i, /token insufficiently privileged/i),
    causes: ["token.dropped.map"],
    strength: 3,
    says: ([, kind, name]) =>
      `the token does not allow ${kind?.toLowerCase().startsWith("map") ? "map" : "program"} type ${name}, so the kernel ignores the token`,
  },
  {
    find: inOrder(/attach type \w+:/i, /token insufficiently privileged/i),
    causes: ["token.dropped.attach"],
    strength: 3,
  },
  {
    find: /token insufficiently privileged/i,
    causes: [
      "token.dropped.cmd",
      "token.dropped.map",
      "token.dropped.prog",
      "token.dropped.attach",
    ],
    strength: 2,
  },
  {
    find: inOrder(
      /BTF loading error|Error loading BTF|BPF_BTF_LOAD/i,
      new RegExp(`-1\\b|${EPERM}`, "i"),
    ),
    causes: ["btf.load.capable", "token.dropped.cmd"],
    strength: 2,
    says: () => "BTF_LOAD is refused: CAP_BPF, or a token with the command btf_load, is missing",
  },
  {
    find: /Kernel doesn't support BTF, skipping uploading it|BTF is optional/,
    causes: ["explain.btf_upload"],
    strength: 2,
  },
  {
    find: /Invalid (?:delegate_)?(?:cmds|maps|progs|attachs) option value: *(.*)/,
    causes: ["option.delegate.item"],
    strength: 3,
    says: ([, why]) => `a name in a delegate mask is unknown to this kernel: ${quoted(why)}`,
  },
  {
    find: inOrder(delegateOption, /invalid argument|EINVAL/i),
    causes: ["option.delegate.item"],
    strength: 3,
  },
  {
    find: inOrder(/mount: /, /\bbad option\b/, / on (?:bpf|bpffs)\b/),
    causes: ["option.delegate.item", "option.delegate.range"],
    strength: 2,
    says: () =>
      "the kernel refuses an option of the BPF filesystem, such as an unknown name in a mask",
  },
  {
    find: inOrder(/\bmount(?:ing)? (?:the )?bpf(?:fs)?: /i, /invalid argument|EINVAL/i),
    causes: ["option.delegate.item", "option.delegate.range", "doctor.release"],
    strength: 2,
    says: () =>
      "the kernel refuses an option of the BPF filesystem, such as an unknown name in a mask",
  },
  {
    find: inOrder(delegateOption, eperm),
    causes: ["option.delegate.capable", "doctor.release"],
    strength: 3,
  },
  {
    find: /Unknown (?:key(?: name)?|lvalue) '(PrivateBPF|BPFDelegate\w+)'/,
    causes: ["explain.systemd_setting"],
    strength: 3,
  },
  {
    find: /Failed to parse (BPFDelegate\w+)=?/,
    causes: ["option.delegate.item"],
    strength: 3,
    says: ([, key]) =>
      `${key}= has a name that this systemd does not know; names keep their prefix`,
  },
  {
    find: inOrder(/mounting "?bpf"? (?:to|at) /i, refusedMount),
    causes: ["explain.oci_mount", "bpffs.fill.capable"],
    strength: 3,
  },
  {
    find: inOrder(/bpffs (?:privileged )?helper|bpffs fd to child/, refusedMount),
    causes: ["explain.namespace_setup", "bpffs.fill.capable", "doctor.release"],
    strength: 2,
  },
  {
    find: /Unknown BPF delegate option, ignoring/,
    causes: ["option.delegate.item"],
    strength: 2,
  },
  {
    find: inOrder(/\bcreat\w{0,3} (?:an? |the |new )?bpf ?fs\b/i, eperm),
    causes: ["bpffs.fill.capable", "fsopen.may_mount"],
    strength: 2,
  },
  {
    find: inOrder(/(?:attach|mov)\w{0,3} .{0,24}\bbpf ?fs\b/i, refusedMount),
    causes: ["mount.capable", "bpffs.fill.capable"],
    strength: 2,
  },
  {
    find: inOrder(/\bmount(?:ing)?(?:\(\))?[: ]/i, /\b(?:bpf|bpffs)\b/i, refusedMount),
    causes: ["mount.capable", "bpffs.fill.capable"],
    strength: 2,
  },
  {
    find: inOrder(/mount\S{0,64} (?:-t )?bpf|fsopen\(?"?bpf/i, eperm),
    causes: ["bpffs.fill.capable", "fsopen.may_mount"],
    strength: 2,
  },
  {
    find: /(?:status=|code=\w+, status=)226\/NAMESPACE|Failed at step NAMESPACE/,
    causes: ["explain.namespace_setup", "doctor.release"],
    strength: 2,
  },
  {
    find: /Failed to set up mount namespacing/,
    causes: ["explain.namespace_setup"],
    strength: 2,
  },
];
