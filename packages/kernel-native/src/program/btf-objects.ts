// SPDX-License-Identifier: MIT
import { type Kernel, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import {
  AT,
  AttachType,
  attrLayout,
  BpfCmd,
  type BpfCmdName,
  Errno,
  errnoName,
  MapType,
  newestRelease,
  O,
  ProgType,
} from "@bpf-token/uapi";
import { Attr } from "./attr.js";
import type { BpfCall } from "./bpf-call.js";
import type { CallMaker } from "./call-maker.js";
import type { KernelBtf } from "./kernel-btf.js";
import { LsmProgram } from "./lsm-program.js";
import { type Outcome, value } from "./outcome.js";
import type { ByBtf, ProgramProcess } from "./processes.js";

/*
 * The model has no kernel BTF. It decides whether a process may load a program that attaches by a BTF
 * id, and may create a struct_ops map, and then throws or answers ENOTSUPP. Here the BTF is known: if
 * it has the id, the program gets an object. In the model, a simple object stands for it.
 */

/** What the model throws after its last check of a permission. */
const BY_BTF_ID = "programs attached by a BTF id";
const ENOTSUPP = 524;
/** Kinds of BTF types. */
const Kind = { struct: 4, typedef: 8, func: 12 } as const;
/** `r0 = 0; exit`. */
const RETURN_0 = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const NAME_SIZE = 16;

/** Commands that attach or run the program in this field. */
const uses: Readonly<Record<string, string>> = {
  LINK_CREATE: "prog_fd",
  RAW_TRACEPOINT_OPEN: "prog_fd",
  PROG_ATTACH: "attach_bpf_fd",
  PROG_TEST_RUN: "prog_fd",
  LINK_UPDATE: "new_prog_fd",
  MAP_UPDATE_ELEM: "map_fd",
};

/** Answers for objects that need the kernel's BTF. */
export class BtfObjects {
  readonly #maker: CallMaker;
  readonly #btf: KernelBtf;

  constructor(maker: CallMaker, btf: KernelBtf) {
    this.#maker = maker;
    this.#btf = btf;
  }

  /** A call that attaches or changes such an object; undefined for all others. */
  use(process: ProgramProcess, { name, given }: BpfCall): Outcome | undefined {
    const field = name === undefined ? undefined : uses[name];
    const attr = name === undefined || field === undefined ? undefined : attrOf(name, given);
    if (field === undefined || attr === undefined) return undefined;
    const { byBtf } = this.#maker.processes.file(process, attr.number(field)) ?? {};
    if (byBtf === undefined) return undefined;
    if (name === "MAP_UPDATE_ELEM") throw this.#maker.missing("registering a struct_ops map");
    const attaches = name === "LINK_CREATE" || name === "RAW_TRACEPOINT_OPEN";
    const { lsm, type } = byBtf;
    if (!attaches || lsm === undefined)
      throw this.#maker.missing(`attaching or running ${BY_BTF_ID}`);
    const fd = raw.openat(process.task, AT.FDCWD, "/dev/null", O.RDWR | O.CLOEXEC, 0);
    return fd < 0 ? value(fd) : file(fd, { type, lsm, linked: true });
  }

  /** A program that the model throws for, after all checks of permissions. */
  program(process: ProgramProcess, { name, given }: BpfCall, error: unknown): Outcome | undefined {
    if (!(error instanceof NotModelledError) || error.what !== BY_BTF_ID) return undefined;
    const attr = name === "PROG_LOAD" ? attrOf(name, given) : undefined;
    if (attr === undefined || attr.number("attach_prog_fd") !== 0) return undefined;
    const type = this.#btf.type(attr.number("attach_btf_id"));
    if (type === undefined) return undefined;
    const progType = attr.number("prog_type");
    if (!fits(progType, attr.number("expected_attach_type"), type)) return value(-Errno.EINVAL);
    const lsm = progType === ProgType.LSM ? this.#lsm(process, attr, type.name) : undefined;
    const fd = this.#give(process, (init) => load(init, textOf(attr, "prog_name")));
    return fd < 0 ? value(fd) : file(fd, { type: progType, lsm });
  }

  /** A struct_ops map, which the model refuses because it knows no structure. */
  map(process: ProgramProcess, { name, given }: BpfCall, ret: number): Outcome | undefined {
    if (name !== "MAP_CREATE" || ret !== -ENOTSUPP) return undefined;
    const attr = attrOf(name, given);
    if (attr?.number("map_type") !== MapType.STRUCT_OPS) return undefined;
    const type = this.#btf.type(attr.number("btf_vmlinux_value_type_id"));
    if (type?.kind !== Kind.struct || !type.name.startsWith("bpf_struct_ops_")) return undefined;
    const fields = { value_size: attr.number("value_size"), map_name: textOf(attr, "map_name") };
    const fd = this.#give(process, (init) => create(init, fields));
    return fd < 0 ? value(fd) : file(fd, { type: MapType.STRUCT_OPS });
  }

  /** The type in the information about an object is its own. */
  info(process: ProgramProcess, { name, given }: BpfCall): void {
    const attr = name === "OBJ_GET_INFO_BY_FD" ? attrOf(name, given) : undefined;
    if (attr === undefined || attr.number("info_len") < 4) return;
    const { byBtf } = this.#maker.processes.file(process, attr.number("bpf_fd")) ?? {};
    const info = attr.pointers.find(({ field }) => field === "info");
    if (byBtf === undefined || byBtf.linked === true || info === undefined) return;
    process.memory.write(info.target, new Uint8Array(new Uint32Array([byBtf.type]).buffer));
  }

  /** Makes a call while the attached LSM programs answer for its process. */
  underLsm({ pid }: ProgramProcess, make: () => number): number {
    const { lsm } = this.#maker.kernel;
    const attached = this.#maker.processes.attached();
    if (lsm === undefined || attached.length === 0) return make();
    const hooks = new Set(attached.map(({ hook }) => hook));
    try {
      for (const hook of hooks) {
        for (const program of attached.filter((one) => one.hook === hook)) {
          const answer = program.run(pid);
          if (typeof answer === "string") throw this.#maker.missing(answer);
          lsm.answer(hook, errnoName(answer) ?? answer);
          if (answer !== 0) break;
        }
      }
      return make();
    } finally {
      for (const hook of hooks) lsm.answer(hook, 0);
    }
  }

  #lsm(process: ProgramProcess, attr: Attr, name: string): LsmProgram {
    const insns = attr.pointers.find(({ field }) => field === "insns");
    const size = 8 * Math.min(attr.number("insn_cnt"), 4096);
    const bytes = insns === undefined ? new Uint8Array(0) : process.memory.read(insns.target, size);
    const { processes, kernel } = this.#maker;
    const program = LsmProgram.parse(name, bytes, (fd) => processes.keepMemory(process, fd));
    if (kernel.lsm === undefined) throw this.#maker.missing("LSM programs");
    if (typeof program === "string") throw this.#maker.missing(program);
    return program;
  }

  /** Gives the task of a process an object that the first task creates. */
  #give({ task }: ProgramProcess, make: (init: Kernel["init"]) => number): number {
    const { init } = this.#maker.kernel;
    const fd = make(init);
    if (fd < 0) return fd;
    const sent = init.sendFd(fd, task);
    raw.close(init, fd);
    return sent;
  }
}

function file(modelFd: number, byBtf: ByBtf): Outcome {
  const info = byBtf.linked === true ? undefined : infoOf(byBtf);
  return { kind: "file", modelFd, cloexec: true, standIn: { info, byBtf } };
}

const infoOf = ({ type }: ByBtf) =>
  type === MapType.STRUCT_OPS ? ("bpf_map_info" as const) : ("bpf_prog_info" as const);

/** Whether a program of a type attaches to a type of BTF. */
function fits(
  type: number,
  attachType: number,
  { kind, name }: { readonly kind: number; readonly name: string },
): boolean {
  if (type === ProgType.STRUCT_OPS) return kind === Kind.struct;
  if (attachType === AttachType.TRACE_RAW_TP)
    return kind === Kind.typedef && name.startsWith("btf_trace_");
  return kind === Kind.func && (type !== ProgType.LSM || name.startsWith("bpf_lsm_"));
}

function attrOf(name: BpfCmdName, given: BpfCall["given"]): Attr | undefined {
  const memory = given[1];
  if (memory === null || typeof memory !== "object" || !("bytes" in memory)) return undefined;
  return new Attr(name, memory.bytes.slice());
}

function textOf({ fields, view }: Attr, name: string): string {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return "";
  const bytes = new Uint8Array(view.buffer, view.byteOffset + field.offset, NAME_SIZE);
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

function load(task: Task, name: string): number {
  const attr = attrLayout("PROG_LOAD", newestRelease).encode({
    ...{ prog_type: ProgType.SOCKET_FILTER, insn_cnt: RETURN_0.length / 8, insns: RETURN_0 },
    ...{ license: new TextEncoder().encode("GPL\0"), prog_name: name },
  });
  return raw.bpf(task, BpfCmd.PROG_LOAD, attr, attr.bytes.length);
}

function create(task: Task, fields: { value_size: number; map_name: string }): number {
  const shape = { map_type: MapType.ARRAY, key_size: 4, max_entries: 1, ...fields };
  const attr = attrLayout("MAP_CREATE", newestRelease).encode(shape);
  return raw.bpf(task, BpfCmd.MAP_CREATE, attr, attr.bytes.length);
}
