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

/** The model's task that corresponds to a real one. */
export interface ModelTask {
  readonly task: Task;
  /**
   * The model's number of each fd whose number differs; undefined if the model does not have it.
   */
  readonly fds: Map<number, number | undefined>;
}

/** The object kinds that report their ids, and the struct with the id. */
const infos: Readonly<Partial<Record<string, StructName>>> = {
  map: "bpf_map_info",
  prog: "bpf_prog_info",
  btf: "bpf_btf_info",
};

const names: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.keys(BpfCmd) as BpfCmdName[]).map((name) => [BpfCmd[name], name]),
);

/** Returns the command of a bpf() call; undefined for an unknown number. */
export function commandOf({ args: [cmd] }: RecordedCall): BpfCmdName | undefined {
  return cmd?.kind === "num" ? names.get(Number(cmd.value)) : undefined;
}

/**
 * Maps real numbers to the model's numbers: tasks and object ids for the whole kernel, fds for each
 * task. It learns from the answers of both. Unknown numbers are the same on both.
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

  /** Returns the model's id of an object. */
  object(kind: BpfObject, real: number): number {
    return this.#objects.get(`${kind} ${real}`) ?? real;
  }

  /** Returns the model's number of a process. */
  pid(real: number): number {
    return this.tasks.get(real)?.task.pid ?? real;
  }

  /** Records an fd that both returned. */
  bind({ fds }: ModelTask, real: number, model: number): void {
    if (real === model) fds.delete(real);
    else fds.set(real, model);
  }

  /** Learns from memory that both wrote. The call's own segments hold the model's result. */
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

  /** Reads lines of fdinfo: `prog_id: 17`. */
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

/** Reads 32 bits at an offset; returns 0 if they are out of range. */
export function word(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
}
