// SPDX-License-Identifier: MIT
import { F, NS, PR, returnsFd, syscallByName } from "@bpf-token/uapi";
import { commandOf } from "./number-map.js";
import type { Operation, RecordedCall } from "./recorder.js";

/** Formats the name of an operation: `bpf(BPF_MAP_CREATE)`, `fork`. */
export function nameOf(operation: Operation): string {
  if (operation.op !== "syscall") return operation.op;
  const { name } = operation.call.entry;
  if (name !== "bpf") return name;
  const cmd = commandOf(operation.call);
  return cmd === undefined ? "bpf" : `bpf(BPF_${cmd})`;
}

/** The fd that an operation closes; undefined if it closes none. */
export function closedFd(operation: Operation): number | undefined {
  if (operation.op !== "syscall" || operation.call.entry.nr !== syscallByName.close.nr)
    return undefined;
  return numberAt(operation.call, 0);
}

/** Whether an operation returns an fd. */
export function operationReturnsFd(operation: Operation): boolean {
  if (operation.op !== "syscall")
    return operation.op === "sendFd" || operation.op === "openNamespace";
  const { call } = operation;
  const { name, returns } = call.entry;
  if (returns === "fd") return true;
  if (name === "fcntl") return isOneOf(numberAt(call, 1), F.DUPFD, F.DUPFD_CLOEXEC);
  if (name === "ioctl") return isOneOf(numberAt(call, 1), NS.GET_USERNS, NS.GET_PARENT);
  return name === "bpf" && returnsFd(commandOf(call) ?? "");
}

/** Whether an operation enumerates all objects of the host, where other processes create some, too. */
export function enumeratesIds(operation: Operation): boolean {
  return operation.op === "syscall" && /_GET_NEXT_ID$/.test(commandOf(operation.call) ?? "");
}

const looks: ReadonlySet<string> = new Set([
  ...["fstat", "newfstatat", "fstatfs", "readlinkat", "getpid", "getresuid", "getresgid", "capget"],
  ...["getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr"],
]);
const asks = /_GET_NEXT_ID$|_GET_NEXT_KEY$|_QUERY$|^OBJ_GET_INFO_BY_FD$|^MAP_LOOKUP_(ELEM|BATCH)$/;

/** Whether an operation changes nothing, whatever it returns. */
export function onlyReads(operation: Operation): boolean {
  if (operation.op !== "syscall") return operation.op === "settle";
  const { call } = operation;
  if (call.entry.name === "bpf") return asks.test(commandOf(call) ?? "");
  if (call.entry.name === "fcntl") return isOneOf(numberAt(call, 1), F.GETFD, F.GETFL);
  if (call.entry.name === "prctl") return numberAt(call, 0) === PR.CAPBSET_READ;
  return looks.has(call.entry.name);
}

function numberAt({ args }: RecordedCall, i: number): number | undefined {
  const arg = args[i];
  return arg?.kind === "num" ? Number(arg.value) : undefined;
}

function isOneOf(value: number | undefined, ...some: readonly number[]): boolean {
  return value !== undefined && some.includes(value);
}
