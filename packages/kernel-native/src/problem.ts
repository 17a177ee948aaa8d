// SPDX-License-Identifier: MIT
import { NotModelledError, SafetyError } from "@bpf-token/syscall";
import type { Reply } from "./connection.js";
import { ruleText, Status } from "./generated/protocol.js";
import type { NativeKernel } from "./native-kernel.js";

/** Converts a status of the executor that is not the kernel's answer into an error. */
export function problemOf(kernel: NativeKernel, reply: Reply, task: number, name: string): Error {
  const pid = reply.pid || task;
  switch (reply.status) {
    case Status.REFUSED:
      return new SafetyError(ruleText.get(reply.detail) ?? `rule ${reply.detail}`);
    case Status.NO_CALL:
      return new NotModelledError(kernel.backend, name);
    case Status.TIMEOUT: {
      const late = `task ${pid} did not answer '${name}' within ${kernel.deadlineMs} ms`;
      return kernel.taskLost(pid, `${late} and was killed`);
    }
    case Status.TASK_LOST:
      return kernel.taskLost(pid, `the process of task ${pid} died during '${name}'`);
    case Status.NO_TASK:
      return kernel.taskLost(pid, `the process of task ${pid} is gone`);
    default:
      return new Error(`the executor rejected '${name}' (status ${reply.status})`);
  }
}
