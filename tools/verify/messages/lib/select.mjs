// SPDX-License-Identifier: MIT
// Which format strings report a failed step that permissions, tokens, limits or missing BTF can cause.

/** Words of such a message. A message about any other field is no matter of `explain`. */
const words = [
  /permission|not permitted|\bE(?:PERM|ACCES)\b|privilege|\bas root\b|\broot user\b|need.{0,20}\broot\b/i,
  /\bcap_?(?:sys_|bpf|perfmon|net_)|capabilit(?:y|ies)/i,
  /\b(?:bpf )?token\b.*(?:fail|error|creat|prevent|delegat|insuff|support)|delegat/i,
  /memlock|rlimit|ulimit/i,
  /lockdown|seccomp|secure ?boot|selinux|apparmor/i,
  /(?:vmlinux|kernel) btf|btf.*(?:vmlinux|of (?:the )?kernel)|\/sys\/kernel\/btf/i,
  /bpf ?fs\b|bpf file ?system/i,
  /\bbpf (?:syscall )?(?:is )?not (?:available|supported)|CGROUP_BPF/i,
  /\bjit\b.*(?:fail|harden|limit|error)|bpf_jit_/i,
];
/** A placeholder for an errno: `: %s`, `(%d)` at the end, `%s - ` at the start, `%m` anywhere. */
const errno = /^%s - |(?::|\(|,| -|errno|error|err) ?'?(?:%(?:[sdiwvm]|l?d)|\{[^{}]*\})\W*$|%[mw]/;
/** Steps of a loader that the kernel can refuse with EPERM. */
const steps =
  /\b(?:re)?(?:load|attach|detach|pin|unpin|mount|remount)(?:ed|ing|s)?\b|creat\w* .{0,30}\b(?:map|link|token|btf|prog\w*|perf|event|bpf|xdp|probe)|\b(?:bpf_(?:\w{1,40})|perf_event_open|BPF_[A-Z_]+|TOKEN_CREATE)\b|\bget .{0,20}(?:\bby id\b|\bid\b|fd)|\bnext .{0,10}\bid\b|open.{0,40}(?:bpf|btf|token|pin|kprobe|uprobe|tracing|perf)|(?:query|probe|feature).{0,30}(?:bpf|prog|map|xdp|link)|\bbpf (?:create|load|get|pin)\b|bpf syscall|token|netlink|qdisc|clsact|\bcgroup\b.*\bprog|kallsyms|perf event/i;
/** Work inside the loader: reading the object, relocations, memory. The kernel's permissions play no role. */
const internal =
  /\b(?:pars|relocat|dedup|resolv|alloc|mmap|munmap|mremap|unmarshal|marshal|decod|encod|epoll|symbol|sections?\b|segment|ELF|elf:|zip:|licen[cs]e|offset|alignment|string table|strings?\b|Kconfig|kconfig|usdt: unsupported|linker|hash|sysfs|\.BTF(?:\.ext)?\b|line info|func(?:tion)? info|core relo|CO-RE|populat|auxv|sort|format|seek|cpu mask|byte order|endian|fixup|fix ups|buffer|json|yaml|json|argument|option|extern|vdso|version code|trampoline|instruction|jump table|assembl|disassembl)/i;
/** A message that only the author of a tool sees: options, assignments, names, types of C++. */
const noMessage =
  /^\s*(?:-{1,2}\w|usage:|%s\s*$|%[a-z]\W*$|assert|<|\d|\{|\[|\(|\/\/|#|\*|==)|^[A-Z_]+=|^\S+$|^[\w./-]+\.(?:c|h|go|py|rs)\b|\w::\w|^\+PAM |^\w+=%|^\w+ = /i;

/** @returns whether a format string reports such a step. */
export function reportsPermission(text) {
  if (noMessage.test(text)) return false;
  if (words.some((word) => word.test(text))) return true;
  return errno.test(text) && steps.test(text) && !internal.test(text);
}

const denied = {
  elf: "Operation not permitted",
  python: "Operation not permitted",
  go: "operation not permitted",
  rust: "Operation not permitted (os error 1)",
};

const placeholder = /%%|%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh?|ll?|z|j|t)?([a-zA-Z])|\{[^{}"]*\}/g;

/** Replaces the placeholders of a format string: that of an errno by EPERM, the others by a name or number. */
export function instantiate(text, kind) {
  const last = /^%s - /.test(text) ? 0 : text.search(/(?:%[^%\s]*[a-zA-Z]|\{[^{}]*\})\W*$/);
  return text.replace(placeholder, (found, type, at) => {
    if (found === "%%") return "%";
    if (type === "m" || type === "w") return denied[kind];
    const isErrno = at === last && errno.test(text);
    if (isErrno && /[di]/.test(type ?? "")) return "-1";
    if (isErrno && /[sv]/.test(type ?? "s")) return denied[kind];
    return /[diuxXpc]/.test(type ?? "") ? "7" : "name";
  });
}
