// SPDX-License-Identifier: MIT
import { hostname } from "node:os";
import { getCapabilities, type Kernel, raw, type Task } from "@bpf-token/syscall";
import { Capability, Errno, syscallByName } from "@bpf-token/uapi";
import { type Args, int, NR } from "./numbers.js";
import { type Outcome, value } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** As an argument, it leaves an id unchanged. */
const SAME = 0xffff_ffff;

/** The release as uname(2) has it. */
export function fullRelease({ release }: Kernel): string {
  return /^\d+\.\d+$/.test(release) ? `${release}.0` : release;
}

/** The kernel's name and build, as uname(2) has them. */
export function version({ backend }: Kernel): string {
  return `#1 SMP bpf-token ${backend}`;
}

/** Answers uname(2): the release of the kernel, and the host's name and machine. */
export function answerUname(kernel: Kernel, { memory }: ProgramProcess, address: bigint): Outcome {
  const FIELD = 65;
  const bytes = new Uint8Array(6 * FIELD);
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const fields = ["Linux", hostname(), fullRelease(kernel), version(kernel), machine, "(none)"];
  fields.forEach((field, i) => {
    new TextEncoder().encodeInto(field, bytes.subarray(i * FIELD, (i + 1) * FIELD - 1));
  });
  return value(memory.write(address, bytes) ? 0 : -Errno.EFAULT);
}

/** The real, effective and saved ids of a task. */
export function readIds(
  task: Task,
  of: "uid" | "gid",
): readonly [real: number, effective: number, saved: number] {
  const ids = [new Uint8Array(4), new Uint8Array(4), new Uint8Array(4)] as const;
  task.syscall(syscallByName[of === "uid" ? "getresuid" : "getresgid"].nr, ...ids);
  const [real, effective, saved] = ids.map((id) => new DataView(id.buffer).getUint32(0, true));
  return [real ?? 0, effective ?? 0, saved ?? 0];
}

/** Answers the calls about user and group ids; undefined for any other call. */
export function answerIds(process: ProgramProcess, nr: number, args: Args): Outcome | undefined {
  const { task } = process;
  const [first = 0, second = 0, third = 0] = args.map((arg) => Number(BigInt.asUintN(32, arg)));
  switch (nr) {
    case NR.getuid:
      return value(readIds(task, "uid")[0]);
    case NR.geteuid:
      return value(readIds(task, "uid")[1]);
    case NR.getgid:
      return value(readIds(task, "gid")[0]);
    case NR.getegid:
      return value(readIds(task, "gid")[1]);
    case NR.setuid:
      return value(setId(task, "uid", first));
    case NR.setgid:
      return value(setId(task, "gid", first));
    case NR.setreuid:
      return value(setTwoIds(task, "uid", first, second));
    case NR.setregid:
      return value(setTwoIds(task, "gid", first, second));
    case NR.setresuid:
      return value(setIds(task, "uid", [first, second, third]));
    case NR.setresgid:
      return value(setIds(task, "gid", [first, second, third]));
    case NR.setgroups:
      return value(setGroups(process, args));
    case NR.getgroups:
      return value(getGroups(process, args));
    default:
      return undefined;
  }
}

type Of = "uid" | "gid";

function setIds(task: Task, of: Of, ids: readonly [number, number, number]): number {
  const set = of === "uid" ? raw.setresuid : raw.setresgid;
  return set(task, ...ids);
}

function hasCapability(task: Task, of: Of): boolean {
  const cap = of === "uid" ? Capability.SETUID : Capability.SETGID;
  return ((getCapabilities(task).effective >> BigInt(cap)) & 1n) !== 0n;
}

/** setuid(2) and setgid(2), by the calls that set three ids. */
function setId(task: Task, of: Of, id: number): number {
  if (id === SAME) return -Errno.EINVAL;
  if (hasCapability(task, of)) return setIds(task, of, [id, id, id]);
  const [real, , saved] = readIds(task, of);
  return id === real || id === saved ? setIds(task, of, [SAME, id, SAME]) : -Errno.EPERM;
}

/** setreuid(2) and setregid(2), by the calls that set three ids. */
function setTwoIds(task: Task, of: Of, real: number, effective: number): number {
  const old = readIds(task, of);
  const allowed = hasCapability(task, of);
  if (!allowed && real !== SAME && real !== old[0] && real !== old[1]) return -Errno.EPERM;
  const savesToo = real !== SAME || (effective !== SAME && effective !== old[0]);
  const saved = savesToo ? (effective === SAME ? old[1] : effective) : SAME;
  return setIds(task, of, [real, effective, saved]);
}

function setGroups(process: ProgramProcess, [count = 0n, address = 0n]: Args): number {
  const size = Number(BigInt.asUintN(32, count));
  const bytes = process.memory.read(address, 4 * Math.min(size, 65536));
  const ret = process.task.syscall(syscallByName.setgroups.nr, size, { bytes });
  if (ret === 0) process.groups = [...new Uint32Array(bytes.slice().buffer)];
  return ret;
}

/** The model has no getgroups(). */
function getGroups({ memory, groups }: ProgramProcess, [size = 0n, address = 0n]: Args): number {
  if (int(size) === 0) return groups.length;
  if (int(size) < groups.length) return -Errno.EINVAL;
  const bytes = new Uint8Array(new Uint32Array(groups).buffer);
  return bytes.length === 0 || memory.write(address, bytes) ? groups.length : -Errno.EFAULT;
}
