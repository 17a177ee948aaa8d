// SPDX-License-Identifier: MIT
import type { Kernel, Task } from "@bpf-token/syscall";
import {
  assignedNumberFields,
  BpfCmd,
  type BpfCmdName,
  type BpfObject,
  type KernelRelease,
  type StructName,
  structLayout,
} from "@bpf-token/uapi";
import type { RecordedCall } from "./recorder.js";

/** A task of the model that plays the part of a real one. */
export interface ModelTask {
  readonly task: Task;
  /** The model's number of each descriptor that has another one there; undefined where it has none. */
  readonly fds: Map<number, number | undefined>;
}

/** The kinds of objects that tell their numbers, and the structure in which they do. */
const infos: Readonly<Partial<Record<string, StructName>>> = {
  map: "bpf_map_info",
  prog: "bpf_prog_info",
  btf: "bpf_btf_info",
};

const names: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.keys(BpfCmd) as BpfCmdName[]).map((name) => [BpfCmd[name], name]),
);

/** The command of a call of bpf(); undefined for a number that is none. */
export function commandOf({ args: [cmd] }: RecordedCall): BpfCmdName | undefined {
  return cmd?.kind === "num" ? names.get(Number(cmd.value)) : undefined;
}

/**
 * What is called otherwise on the model: tasks and numbers of objects for all, descriptors for each
 * task. It is learnt from what both answer; what is not known is the same on both.
 */
export class NumberMap {
  readonly tasks: Map<number, ModelTask> = new Map();
  readonly release: KernelRelease;
  readonly #model: Kernel;
  readonly #objects = new Map<string, number>();

  constructor(model: Kernel, release: KernelRelease) {
    this.#model = model;
    this.release = release;
  }

  /** The model's number of an object. */
  object(kind: BpfObject, real: number): number {
    return this.#objects.get(`${kind} ${real}`) ?? real;
  }

  /** The model's number of a process. */
  pid(real: number): number {
    return this.tasks.get(real)?.task.pid ?? real;
  }

  /** Notes a descriptor that both gave. */
  bind({ fds }: ModelTask, real: number, model: number): void {
    if (real === model) fds.delete(real);
    else fds.set(real, model);
  }

  /** Learns from memory that both wrote; that of the model is the call's own by now. */
  learn(call: RecordedCall, modelTask: ModelTask): void {
    const { after, entry, segments } = call;
    if (after === undefined) return;
    segments.forEach(({ bytes }, i) => {
      const real = after[i] ?? bytes;
      if (entry.name === "read") this.#fromText(real, bytes);
      else if (entry.name === "bpf") this.#fromInfo(call, modelTask, real, bytes);
      else for (const at of [0, 4]) this.bind(modelTask, word(real, at), word(bytes, at));
    });
  }

  /** Lines of fdinfo: `prog_id: 17`. */
  #fromText(real: Uint8Array, model: Uint8Array): void {
    const find = (bytes: Uint8Array): RegExpMatchArray[] => [
      ...new TextDecoder("latin1").decode(bytes).matchAll(/^(map|prog|btf|link)_id:\s*(\d+)$/gm),
    ];
    const modelIds = find(model);
    for (const [i, [, kind = "", id]] of find(real).entries()) {
      if (modelIds[i]?.[1] === kind) this.#objects.set(`${kind} ${id}`, Number(modelIds[i]?.[2]));
    }
  }

  #fromInfo(call: RecordedCall, modelTask: ModelTask, real: Uint8Array, model: Uint8Array): void {
    const [, attr] = call.args;
    if (attr?.kind !== "seg" || call.segments[attr.segment]?.bytes === model) return;
    const asked = word(call.segments[attr.segment]?.bytes ?? new Uint8Array(), 0);
    const kind = this.#model.openFds(modelTask.task).find(({ fd }) => fd === asked)?.kind ?? "";
    const struct = infos[kind];
    if (struct === undefined) return;
    for (const { name, offset } of structLayout(struct, this.release).fields) {
      const own = assignedNumberFields[`${struct}.${name}`];
      const id = word(real, offset);
      if (own !== undefined && id !== 0) this.#objects.set(`${own} ${id}`, word(model, offset));
    }
  }
}

/** 32 bits at an offset; bytes that are not there count as 0. */
export function word(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
}
