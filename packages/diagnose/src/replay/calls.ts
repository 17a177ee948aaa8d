// SPDX-License-Identifier: MIT
import { delegateBpffs, raw } from "@bpf-token/syscall";
import { CLONE, FsconfigCmd, PR, type SyscallArg, syscallByName } from "@bpf-token/uapi";
import { attrIn, commandIn } from "../evidence/call-text.js";
import { close, closeRange, dup, recvmsg, sendmsg } from "./descriptors.js";
import { answer, number, type Perform, pointer, text } from "./perform.js";
import { bpfArgs, MissingFileError, modelFd } from "./translate.js";

/** Makes a call with its own arguments, and the model's descriptors. */
const plain: Perform = ({ name, args }, process) => {
  const entry = syscallByName[name as keyof typeof syscallByName];
  const own = entry.args.map(({ kind }, i) => {
    const arg = args[i] ?? 0;
    if (kind === "ptr" || kind === "str") return pointer(arg);
    return kind === "fd" ? modelFd(process, number(arg)) : number(arg);
  });
  return answer(process, process.task.syscall(entry.nr, ...own));
};

const fsconfig: Perform = (call, process, state) => {
  const [fd = 0, cmd = 0, key = null, value = null, aux = 0] = call.args;
  const takesFd = number(cmd) === FsconfigCmd.SET_FD || number(cmd) === FsconfigCmd.SET_PATH;
  const last = takesFd ? modelFd(process, number(aux)) : aux;
  return plain({ ...call, args: [fd, cmd, key, value, last] }, process, state);
};

const fsmount: Perform = (call, process, state) => {
  const made = plain(call, process, state);
  if (made !== undefined && made.ret >= 0 && call.result >= 0) {
    const device = call.file?.device ?? `descriptor ${call.result} of process ${call.pid}`;
    state.processes.addFilesystem(device, process, made.ret);
    state.mounts.set(`${call.pid} ${call.result}`, device);
  }
  return made;
};

/** Follows where a filesystem is mounted. The model has no such directory. */
const moveMount: Perform = ({ pid, args, result }, _, { mounts }) => {
  const [from, , , to] = args;
  const device = mounts.get(`${pid} ${number(from)}`);
  if (result >= 0 && device !== undefined && text(to) !== "") mounts.set(text(to), device);
  return undefined;
};

const mount: Perform = (call, process, { processes, mounts }) => {
  const [source = null, target, type = null, flags = 0, data = null] = call.args;
  if (text(type) !== "bpf") return undefined;
  const ret = raw.mount(process.task, pointer(source), "/mnt", "bpf", number(flags), pointer(data));
  const made = answer(process, ret);
  raw.umount2(process.task, "/mnt", 0);
  if (call.result < 0) return made;
  const device = `mount of process ${call.pid} at ${text(target)}`;
  const delegates = Object.fromEntries(
    [...text(data).matchAll(/(delegate_[a-z]+)=([^,]+)/g)].map(([, name, mask]) => [name, mask]),
  ) as Readonly<Record<string, string>>;
  const root = delegateBpffs(process.task, processes.kernel.init, delegates);
  processes.addFilesystem(device, process, root.fd);
  root.close();
  mounts.set(text(target), device);
  return made;
};

/** Only directories of BPF filesystems are opened; the model has no other files of the host. */
const openat: Perform = (call, process, { processes, mounts }) => {
  const [dir, path, flags] = call.args;
  if (call.result < 0) return undefined;
  const device = mounts.get(text(path).replace(/(?<=.)\/$/, ""));
  const file =
    call.file ?? (device === undefined ? undefined : ({ kind: "bpffs", device } as const));
  if (file === undefined) {
    const fact = process.facts?.bpffs.find((one) => one.path === text(path));
    const base = process.fds.get(number(dir));
    if (fact !== undefined) {
      process.fds.set(
        call.result,
        processes.openBpffs(
          process,
          { kind: "bpffs", device: fact.device, root: fact.root === "/" },
          number(flags),
        ),
      );
    } else if (base !== undefined && number(dir) >= 0) {
      const ret = raw.openat(process.task, base, pointer(path), number(flags), 0);
      if (ret >= 0) process.fds.set(call.result, ret);
    } else process.fds.delete(call.result);
    return undefined;
  }
  const model =
    file.kind === "bpffs" ? processes.openBpffs(process, file, number(flags)) : undefined;
  process.fds.set(call.result, model);
  return undefined;
};

const CLONE_FILES = 0x400;
const CLONE_THREAD = 0x10000;

const clone: Perform = (call, process, { processes }) => {
  if (call.result <= 0) return undefined;
  // A thread shares everything with its process.
  const flags = call.name === "clone" ? number(call.args[0]) : 0;
  if ((flags & CLONE_THREAD) === 0) {
    processes.fork(process, call.result, {
      newUserNamespace: (flags & CLONE.NEWUSER) !== 0,
      sharesFiles: (flags & CLONE_FILES) !== 0,
    });
  }
  return undefined;
};

const unshare: Perform = (call, process, { processes }) => {
  const known = number(call.args[0]) & (CLONE.NEWUSER | CLONE.NEWNS);
  if (known === 0) return undefined;
  const made = answer(process, raw.unshare(process.task, known));
  if (made.ret >= 0 && call.result >= 0 && (known & CLONE.NEWUSER) !== 0) {
    processes.enterNew(process);
  }
  return made;
};

/** The prctl(2) options that change what bpf() may do. */
const kept: ReadonlySet<number> = new Set([
  ...[PR.CAPBSET_DROP, PR.SET_KEEPCAPS, PR.SET_SECUREBITS, PR.CAP_AMBIENT],
]);
const prctl: Perform = (call, process, state) =>
  kept.has(number(call.args[0])) && call.result >= 0 ? plain(call, process, state) : undefined;

/** Makes a call only if it succeeded, to follow its effect. */
const effect: Perform = (call, process, state) =>
  call.result < 0 ? undefined : plain(call, process, state);

/** The commands that create what later calls use. Others are answered only if they were refused. */
const creates = /^(TOKEN_CREATE|MAP_CREATE|PROG_LOAD|BTF_LOAD|MAP_FREEZE|\w+_GET_FD_BY_ID)$/;

const bpf: Perform = (call, process, state) => {
  try {
    return bpfCall(call, process, state);
  } catch (error) {
    const [cmd = 0, , ...rest] = call.args;
    const attr = attrIn(call);
    if (!(error instanceof MissingFileError) || commandIn(call) !== "PROG_ATTACH" || !attr)
      throw error;
    // The recording does not show where targets come from. The kernel checks the capability before.
    const unopened = { ...attr, bytes: attr.bytes.slice().fill(0xff, 0, 4) };
    const made = bpfCall({ ...call, args: [cmd, unopened, ...rest] }, process, state);
    if (made?.ret === call.result && made.refusal?.check === "attach.prog.capable") return made;
    throw error;
  }
};

const bpfCall: Perform = (call, process) => {
  if (call.result >= 0 && !creates.test(commandIn(call) ?? "")) return undefined;
  const [cmd, attr, size, common, commonSize] = bpfArgs(call, process);
  const { nr } = syscallByName.bpf;
  const three: readonly SyscallArg[] = [number(cmd), pointer(attr), number(size)];
  // Linux 7.2 and newer have five arguments. Older kernels do not read the last two.
  const more: readonly SyscallArg[] =
    common === undefined ? [] : [pointer(common), number(commonSize)];
  return answer(process, process.task.syscall(nr, ...three, ...more));
};

/** The calls that the replay follows. All others have no effect on bpf(). */
export const performers: Readonly<Record<string, Perform>> = {
  bpf,
  fsopen: plain,
  fspick: effect,
  fsconfig,
  fsmount,
  move_mount: moveMount,
  mount,
  open: (call, process, state) => openat({ ...call, args: [-100, ...call.args] }, process, state),
  openat,
  openat2: openat,
  clone,
  clone3: clone,
  fork: clone,
  vfork: clone,
  unshare,
  capset: effect,
  setresuid: effect,
  setresgid: effect,
  prctl,
  close,
  close_range: closeRange,
  dup,
  dup2: dup,
  dup3: dup,
  fcntl: dup,
  sendmsg,
  recvmsg,
};
