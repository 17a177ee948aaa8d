// SPDX-License-Identifier: MIT
// Calls that close, copy and pass file descriptors.
import { raw } from "@bpf-token/syscall";
import { F, O } from "@bpf-token/uapi";
import { number, type Perform } from "./perform.js";
import type { Processes } from "./processes.js";

/** Closes a file descriptor. */
export const close: Perform = ({ args: [fd], result }, process) => {
  const real = number(fd);
  const model = process.fds.get(real);
  if (result < 0) return undefined;
  if (model !== undefined) raw.close(process.task, model);
  process.fds.delete(real);
  return undefined;
};

/** Closes a range of descriptors; with CLOSE_RANGE_CLOEXEC, at the next exec. */
export const closeRange: Perform = ({ args: [first, last, flags], result }, process) => {
  if (result < 0) return undefined;
  for (const [real, model] of [...process.fds]) {
    if (real < number(first) || real > number(last)) continue;
    if ((number(flags) & 4) !== 0) {
      if (model !== undefined) raw.fcntl(process.task, model, F.SETFD, 1);
      continue;
    }
    if (model !== undefined) raw.close(process.task, model);
    process.fds.delete(real);
  }
  return undefined;
};

/** Follows dup(2), dup2(2), dup3(2) and F_DUPFD. */
export const dup: Perform = ({ name, args: [fd, other, third], result }, process) => {
  if (result < 0) return undefined;
  const request = number(other);
  if (name === "fcntl" && request === F.SETFD) {
    const model = process.fds.get(number(fd));
    if (model !== undefined) raw.fcntl(process.task, model, F.SETFD, number(third));
    return undefined;
  }
  if (name === "fcntl" && request !== F.DUPFD && request !== F.DUPFD_CLOEXEC) return undefined;
  if (result === number(fd)) return undefined;
  const model = process.fds.get(number(fd));
  const replaced = process.fds.get(result);
  if (replaced !== undefined) raw.close(process.task, replaced);
  process.fds.delete(result);
  if (model === undefined) return undefined;
  const cloexec =
    (name === "fcntl" && request === F.DUPFD_CLOEXEC) ||
    (name === "dup3" && (number(third) & O.CLOEXEC) !== 0);
  const copy = raw.fcntl(process.task, model, cloexec ? F.DUPFD_CLOEXEC : F.DUPFD, 0);
  process.fds.set(result, copy < 0 ? undefined : copy);
  return undefined;
};

/** Descriptors in flight at the same time. A trace of any length stays bounded. */
const MOST_SENT = 256;

export const sendmsg: Perform = ({ fds = [], result }, process, { processes, sent }) => {
  if (result < 0 || fds.length === 0) return undefined;
  const { init } = processes.kernel;
  sent.push(
    fds.map((fd) => {
      const model = process.fds.get(fd);
      const held = model === undefined ? -1 : process.task.sendFd(model, init);
      return held < 0 ? undefined : held;
    }),
  );
  if (sent.length > MOST_SENT) closeAll(sent.shift() ?? [], processes);
  return undefined;
};

export const recvmsg: Perform = ({ fds = [], result }, process, { processes, sent }) => {
  if (result < 0) return undefined;
  const { init } = processes.kernel;
  const at = sent.findIndex((one) => one.length === fds.length);
  const message = at < 0 ? [] : (sent.splice(at, 1)[0] ?? []);
  fds.forEach((fd, i) => {
    const held = message[i];
    const model = held === undefined ? -1 : init.sendFd(held, process.task);
    process.fds.set(fd, model < 0 ? undefined : model);
  });
  closeAll(message, processes);
  return undefined;
};

function closeAll(held: readonly (number | undefined)[], { kernel }: Processes): void {
  for (const fd of held) if (fd !== undefined) raw.close(kernel.init, fd);
}
