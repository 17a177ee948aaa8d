// SPDX-License-Identifier: MIT
// Which recorded calls a C program must not make on a real kernel, where nothing guards the machine.
import type { Scenario } from "@bpf-token/scenario";
import { BPF_COMMON, BpfCmd, CLONE, Errno } from "@bpf-token/uapi";
import { OWN_FDS } from "./harness-calls.js";
import { refusedMap } from "./map-refusals.js";
import type { RecordedStep } from "./recording.js";
import { ReproducerRefused } from "./refused.js";

export { ReproducerRefused } from "./refused.js";

/** Calls that a program may make in its own namespaces. */
export const allowedCalls: ReadonlySet<string> = new Set(
  `read write close fstat lseek dup dup2 getpid socketpair chdir fchdir umask setgroups setresuid getresuid
  setresgid getresgid setfsuid setfsgid capget capset fstatfs prctl chroot mount umount2 setxattr lsetxattr
  fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr
  openat mkdirat fchownat newfstatat unlinkat readlinkat fchmodat unshare eventfd2 dup3 pipe2 setns
  memfd_create bpf open_tree move_mount fsopen fsconfig fsmount fspick openat2 fcntl ioctl mmap`.split(
    /\s+/,
  ),
);

/** Commands of bpf() that affect other processes. */
const attaching: ReadonlySet<number> = new Set([
  BpfCmd.PROG_ATTACH,
  BpfCmd.PROG_DETACH,
  BpfCmd.RAW_TRACEPOINT_OPEN,
  BpfCmd.LINK_CREATE,
  BpfCmd.LINK_UPDATE,
  BpfCmd.LINK_DETACH,
  BpfCmd.ENABLE_STATS,
]);

/** Commands of bpf() that read the objects of the machine. */
const reading: ReadonlySet<number> = new Set([
  BpfCmd.ITER_CREATE,
  BpfCmd.TASK_FD_QUERY,
  BpfCmd.PROG_QUERY,
  BpfCmd.PROG_GET_NEXT_ID,
  BpfCmd.MAP_GET_NEXT_ID,
  BpfCmd.BTF_GET_NEXT_ID,
  BpfCmd.LINK_GET_NEXT_ID,
  BpfCmd.PROG_GET_FD_BY_ID,
  BpfCmd.MAP_GET_FD_BY_ID,
  BpfCmd.BTF_GET_FD_BY_ID,
  BpfCmd.LINK_GET_FD_BY_ID,
]);

/** Files of procfs that a program may open; none of them leads to a file descriptor. */
const PROC =
  /^\/proc\/(?:self|\d{1,10})\/(?:uid_map|gid_map|setgroups|mounts|mountinfo|status|fdinfo\/\d{1,10})$/;
/** Filesystems without devices and without files of the machine, and two names that none has. */
const filesystems: ReadonlySet<string> = new Set(["bpf", "tmpfs", "nonsense", "nothing_like_it"]);
/** Calls that open nothing, and change nothing that a path of procfs leads to. */
const openNothing: ReadonlySet<string> = new Set(["readlinkat", "newfstatat", "lsetxattr"]);
const MAP_FIXED = 0x10;
/** openat() with an empty path: since 7.2 it opens a file descriptor again, which is TP-16. */
const EMPTY_PATH = 0x400_0000;
/** F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC. */
const ownFcntl: ReadonlySet<number> = new Set([0, 1, 2, 3, 1030]);
/** No command at all, and those that return what a namespace is: NS_GET_USERNS to NS_GET_OWNER_UID. */
const ownIoctl: ReadonlySet<number> = new Set([0, 0xb701, 0xb702, 0xb703, 0xb704]);
const AT_EMPTY_PATH = 0x1000;
/** What a kernel answers to a file descriptor that is no program. */
const NO_PROGRAM: ReadonlySet<number> = new Set([Errno.EBADF, Errno.EINVAL]);
const SHORTAGE: ReadonlySet<number> = new Set([Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM]);

/** @throws ReproducerRefused if a program must not, or cannot, run the scenario. */
export function assertAllowedScenario({ backends, needs }: Scenario): void {
  if (backends?.some((name) => name === "native" || name.startsWith("guest")) === false) {
    throw new ReproducerRefused(`the scenario is only for ${backends.join(", ")}`);
  }
  const [feature] = needs?.features ?? [];
  if (feature !== undefined && feature !== "refusals") {
    throw new ReproducerRefused(`the scenario needs the feature '${feature}' of the model`);
  }
}

/**
 * Refuses a call of a program.
 *
 * @param refusals - answers that a command which reads the objects of the machine may have. Only a program
 *   that ends at another answer may make such a command.
 * @throws ReproducerRefused if a program must not, or cannot, make the call.
 */
export function assertAllowed(step: RecordedStep, refusals: ReadonlySet<number> = new Set()): void {
  if (step.op === "other") {
    if (step.name === "settle") return;
    throw new ReproducerRefused(`'${step.text}' is not a call that a program can make`);
  }
  if (step.op === "send" && isOwnFd(step.fd)) {
    throw new ReproducerRefused(`'${step.text}' ${OWN}`);
  }
  if (step.op === "call") {
    const why = refusedCall(step, refusals);
    if (why !== undefined) throw new ReproducerRefused(`'${step.text}' ${why}`);
  }
}

/** The program has an open /proc there, which is that of the machine in all but the processes. */
const OWN = "uses a file descriptor of the program itself";
/** In the registers of a call, the upper half of a file descriptor does not count. */
const isOwnFd = (value: number | bigint): boolean => {
  const fd = Number(BigInt.asUintN(32, BigInt(value)));
  return fd >= OWN_FDS.first && fd < OWN_FDS.end;
};

type Call = Extract<RecordedStep, { op: "call" }>;

function refusedCall(step: Call, refusals: ReadonlySet<number>): string | undefined {
  const { name } = step.call.entry;
  if (!allowedCalls.has(name)) return "can affect the machine";
  const isOwn = step.call.args.some((arg, i) => {
    // fsconfig(2) takes a file descriptor as a number.
    const kind = name === "fsconfig" ? "fd" : step.call.entry.args[i]?.kind;
    return kind === "fd" && arg.kind === "num" && isOwnFd(arg.value);
  });
  if (isOwn) return OWN;
  const texts = step.before.map((bytes) => new TextDecoder("latin1").decode(bytes));
  return (
    refusedText(pathsOf(step, texts)) ??
    refusedArgs(name, step, texts) ??
    refusedCommand(name, step, refusals)
  );
}

/** All texts of a call that may be a path to open. The key of fsconfig(2) never is. */
function pathsOf({ call }: Call, texts: readonly string[]): readonly string[] {
  if (openNothing.has(call.entry.name)) return [];
  const key = call.entry.name === "fsconfig" ? call.args[2] : undefined;
  return texts.filter((_, segment) => key?.kind !== "seg" || key.segment !== segment);
}

/** TP-16: no path leads through /proc to a file descriptor, which may be a token. */
function refusedText(texts: readonly string[]): string | undefined {
  const paths = texts.map((text) => text.split("\0", 1)[0] ?? "");
  const other = paths.find((path) => path.includes("proc") && !PROC.test(path));
  if (other === undefined && !paths.some((path) => /(?:^|\/)fd(?:\/|$)/.test(path)))
    return undefined;
  return "could open a token again (TP-16)";
}

function refusedArgs(name: string, step: Call, texts: readonly string[]): string | undefined {
  const args = step.call.args.map((arg) => (arg.kind === "num" ? Number(arg.value) : 0));
  const text = (index: number): string => {
    const arg = step.call.args[index];
    return (arg?.kind === "seg" ? texts[arg.segment] : undefined)?.split("\0", 1)[0] ?? "";
  };
  const [, second = 0, third = 0, fourth = 0] = args;
  switch (name) {
    case "openat":
      return (third & EMPTY_PATH) !== 0 ? "could open a token again (TP-16)" : undefined;
    case "openat2":
      return hasFlag(step, EMPTY_PATH) ? "could open a token again (TP-16)" : undefined;
    case "open_tree":
      return (third & AT_EMPTY_PATH) !== 0 ? "could mount a token (TP-16)" : undefined;
    case "fcntl":
      return ownFcntl.has(second) ? undefined : "can affect the machine";
    case "mmap":
      return (fourth & MAP_FIXED) === 0 ? undefined : "replaces memory of the program";
    case "ioctl":
      return ownIoctl.has(second) ? undefined : "can affect the machine";
    case "fsopen":
      return filesystems.has(text(0)) || step.call.args[0]?.kind === "bad"
        ? undefined
        : "creates a filesystem that may reach the machine";
    case "mount":
      return text(2) === "" || filesystems.has(text(2)) || fourth === 0x20
        ? undefined
        : "mounts a filesystem that may reach the machine";
    case "umount2":
      return text(0) === "/" ? "unmounts the root" : undefined;
    case "unshare":
      return ((args[0] ?? 0) & CLONE.NEWPID) !== 0
        ? "leaves the process tree of the program"
        : undefined;
    default:
      return undefined;
  }
}

/** Whether the first word of a structure has a flag. */
function hasFlag({ call, before }: Call, flag: number): boolean {
  const arg = call.args[2];
  const bytes = arg?.kind === "seg" ? before[arg.segment] : undefined;
  if (bytes === undefined || bytes.length < 4) return false;
  return (new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) & flag) !== 0;
}

function refusedCommand(
  name: string,
  step: Call,
  refusals: ReadonlySet<number>,
): string | undefined {
  const [first] = step.call.args;
  if (name !== "bpf" || first?.kind !== "num") return undefined;
  const command = Number(first.value) & ~BPF_COMMON.ATTRS;
  if (attaching.has(command)) return "can affect other processes";
  if (reading.has(command) && !refusals.has(-(step.ret ?? 0))) {
    return "depends on the objects of the machine";
  }
  if (command === BpfCmd.TOKEN_CREATE && SHORTAGE.has(-(step.ret ?? 0))) {
    return "creates a token while file descriptors or memory are short (TP-24)";
  }
  // A program of type SYSCALL makes bpf() calls itself. It has run, too, if its output cannot be written.
  if (command === BpfCmd.PROG_TEST_RUN && !NO_PROGRAM.has(-(step.ret ?? 0)))
    return "runs a program";
  return refusedMap(step);
}
