// SPDX-License-Identifier: MIT
// Runs a program once on a packet, in Linux's own interpreter.
import { parseObject } from "@bpf-token/object";
import { ProgType } from "@bpf-token/uapi";
import { testRunInWorker } from "bpf-token/verify";
import { expected } from "./answer.js";
import { type KernelSource, kernelOf, thread } from "./kernel.js";
import { formatBytes, parseBytes } from "./packet.js";

/** A program, and the packet that it gets. */
export interface RunQuestion {
  readonly kernel: KernelSource;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly program: string;
  /** The bytes of the packet as hexadecimal digits. */
  readonly packet: string;
}

/** What the program returned, or why it did not run. */
export type RunAnswer =
  | {
      readonly kind: "ran";
      readonly program: string;
      readonly returned: number;
      /** The name of the action that the value means; empty for other program types. */
      readonly action: string;
      /** The packet afterwards, in rows of hexadecimal digits. */
      readonly packet: readonly string[];
      readonly changed: boolean;
    }
  | { readonly kind: "error"; readonly program: string; readonly message: string };

const actions: Readonly<Record<number, readonly string[]>> = {
  [ProgType.XDP]: ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"],
  [ProgType.SCHED_CLS]: [
    ...["TC_ACT_OK", "TC_ACT_RECLASSIFY", "TC_ACT_SHOT", "TC_ACT_PIPE", "TC_ACT_STOLEN"],
    ...["TC_ACT_QUEUED", "TC_ACT_REPEAT", "TC_ACT_REDIRECT", "TC_ACT_TRAP"],
  ],
};

/** Loads the program and runs it. */
export async function runAnswer(question: RunQuestion): Promise<RunAnswer> {
  const { file, bytes, program } = question;
  const failed = (message: string): RunAnswer => ({ kind: "error", program, message });
  const data = parseBytes(question.packet);
  if (data === undefined) return failed("a packet is an even number of hexadecimal digits");
  try {
    const object = parseObject(bytes, { name: file });
    const kernel = await kernelOf(question.kernel);
    const request = { kernel, object: bytes, name: file, program, input: { data } };
    const { reason, result } = await testRunInWorker(thread(), request);
    if (result === null) return failed(reason);
    const type = object.programs.find(({ name }) => name === program)?.type ?? ProgType.UNSPEC;
    return {
      kind: "ran",
      program,
      returned: result.retval,
      action: actions[type]?.[result.retval] ?? "",
      packet: formatBytes(result.data),
      changed: formatBytes(result.data).join() !== formatBytes(data).join(),
    };
  } catch (error) {
    return failed(expected(error));
  }
}
