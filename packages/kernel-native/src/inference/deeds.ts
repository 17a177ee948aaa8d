// SPDX-License-Identifier: MIT
import { answersFd, F, NS, PR, syscallByName } from "@bpf-token/uapi";
import { commandOf } from "./numbers.js";
import type { Deed, KeptCall } from "./recorder.js";

/** What was called: `bpf(BPF_MAP_CREATE)`, `fork`. */
export function nameOf(deed: Deed): string {
  if (deed.op !== "syscall") return deed.op;
  const { name } = deed.call.entry;
  if (name !== "bpf") return name;
  const cmd = commandOf(deed.call);
  return cmd === undefined ? "bpf" : `bpf(BPF_${cmd})`;
}

/** The descriptor that a deed closes; undefined for any other deed. */
export function closedFd(deed: Deed): number | undefined {
  if (deed.op !== "syscall" || deed.call.entry.nr !== syscallByName.close.nr) return undefined;
  return numberAt(deed.call, 0);
}

/** Whether the answer of a deed is a descriptor. */
export function givesFd(deed: Deed): boolean {
  if (deed.op !== "syscall") return deed.op === "sendFd" || deed.op === "openNamespace";
  const { call } = deed;
  const { name, returns } = call.entry;
  if (returns === "fd") return true;
  if (name === "fcntl") return isOneOf(numberAt(call, 1), F.DUPFD, F.DUPFD_CLOEXEC);
  if (name === "ioctl") return isOneOf(numberAt(call, 1), NS.GET_USERNS, NS.GET_PARENT);
  return name === "bpf" && answersFd(commandOf(call) ?? "");
}

/** Whether a deed walks through all objects of a machine, which others make as well. */
export function walks(deed: Deed): boolean {
  return deed.op === "syscall" && /_GET_NEXT_ID$/.test(commandOf(deed.call) ?? "");
}

const looks: ReadonlySet<string> = new Set([
  ...["fstat", "newfstatat", "fstatfs", "readlinkat", "getpid", "getresuid", "getresgid", "capget"],
]);
const asks = /_GET_NEXT_ID$|_GET_NEXT_KEY$|_QUERY$|^OBJ_GET_INFO_BY_FD$|^MAP_LOOKUP_(ELEM|BATCH)$/;

/** Whether a deed changes nothing, whatever it is answered. */
export function onlyLooks(deed: Deed): boolean {
  if (deed.op !== "syscall") return deed.op === "settle";
  const { call } = deed;
  if (call.entry.name === "bpf") return asks.test(commandOf(call) ?? "");
  if (call.entry.name === "fcntl") return isOneOf(numberAt(call, 1), F.GETFD, F.GETFL);
  if (call.entry.name === "prctl") return numberAt(call, 0) === PR.CAPBSET_READ;
  return looks.has(call.entry.name);
}

function numberAt({ args }: KeptCall, i: number): number | undefined {
  const arg = args[i];
  return arg?.kind === "num" ? Number(arg.value) : undefined;
}

function isOneOf(value: number | undefined, ...some: readonly number[]): boolean {
  return value !== undefined && some.includes(value);
}
