// SPDX-License-Identifier: MIT
import { encodeBtf } from "@bpf-token/object";
import { AttachType, type AttrByCmd, BPF_F, type BpfCmdName, MapType } from "@bpf-token/uapi";
import { bpf, type Steps } from "../../calls/steps.js";
import { btfToken, mapToken, progToken } from "../../load/attributes.js";
import type { TokenInUse } from "../../load/session.js";
import {
  argCtxFunctions,
  assemble,
  type BtfFeature,
  type LibbpfFeature,
  type ProgramFeature,
  programsOf,
  type SampleProgram,
  typesOf,
} from "./samples.js";

const bytesIn = (bytes: Uint8Array) => ({ bytes, dir: "in" as const });

/** Probes features as libbpf 1.5 and newer do: each on first use. */
export class Prober {
  readonly #token: TokenInUse | undefined;
  /** Features probed for the object; without a token, the same as for the process. */
  readonly #object: Set<LibbpfFeature>;
  readonly #process = new Set<LibbpfFeature>();

  constructor(token: TokenInUse | undefined) {
    this.#token = token;
    this.#object = token === undefined ? this.#process : new Set();
  }

  /** Probes a feature for the object, with its token. */
  *object(feature: LibbpfFeature): Steps<void> {
    yield* this.#once(feature, this.#object, this.#token);
  }

  /**
   * Probes a feature in libbpf's low-level bpf(2) wrappers, which do not know the object. They use
   * no token, so a feature that is not permitted counts as not supported.
   */
  *process(feature: "memcg_account" | "prog_name"): Steps<void> {
    yield* this.#once(feature, this.#process, undefined);
  }

  *#once(
    feature: LibbpfFeature,
    known: Set<LibbpfFeature>,
    token: TokenInUse | undefined,
  ): Steps<void> {
    if (known.has(feature)) return;
    known.add(feature);
    yield* this.#try(feature, token);
  }

  *#try(feature: LibbpfFeature, token: TokenInUse | undefined): Steps<void> {
    switch (feature) {
      case "memcg_account":
      case "prog_name":
        // libbpf calls bpf(2) directly for these two.
        yield* call("PROG_LOAD", programAttr(programsOf[feature], token), feature);
        return;
      case "array_mmap":
        yield* this.#map(
          { map_name: "libbpf_mmap", value_size: 4, map_flags: BPF_F.MMAPABLE },
          feature,
        );
        return;
      case "global_data": {
        const map = yield* this.#map({ map_name: "libbpf_global", value_size: 32 }, feature);
        yield* this.#program(feature, {}, map);
        return;
      }
      case "prog_bind_map": {
        const map = yield* this.#map({ map_name: "libbpf_det_bind", value_size: 32 }, feature);
        const program = yield* this.#program(feature);
        yield* call("PROG_BIND_MAP", { prog_fd: program, map_fd: map }, feature);
        return;
      }
      case "uprobe_multi_link":
        yield* this.#uprobes();
        return;
      case "arg_ctx_tag":
        yield* this.#argCtx();
        return;
      case "module_btf": {
        const fd = yield* this.#types("btf", feature);
        yield* call("OBJ_GET_INFO_BY_FD", { bpf_fd: fd }, feature);
        return;
      }
      default:
        if (feature in programsOf) yield* this.#program(feature as ProgramFeature);
        else yield* this.#types(feature as BtfFeature, feature);
    }
  }

  /** Creates an array with one element. */
  *#map(attr: Partial<AttrByCmd["MAP_CREATE"]>, feature: LibbpfFeature): Steps<number> {
    yield* this.process("memcg_account");
    yield* this.process("prog_name");
    const array = { map_type: MapType.ARRAY, key_size: 4, max_entries: 1 };
    const all = { ...array, ...attr, ...mapToken(this.#token, attr.map_flags) };
    return yield* call("MAP_CREATE", all, feature);
  }

  *#program(
    feature: ProgramFeature,
    more: Partial<AttrByCmd["PROG_LOAD"]> = {},
    map?: number,
  ): Steps<number> {
    const sample: SampleProgram = programsOf[feature];
    yield* this.process("memcg_account");
    if (sample.name !== undefined) yield* this.process("prog_name");
    const attr = { ...programAttr(sample, this.#token, map), ...more };
    return yield* call("PROG_LOAD", attr, feature);
  }

  *#types(types: BtfFeature | "arg_ctx_tag", feature: LibbpfFeature): Steps<number> {
    yield* this.process("memcg_account");
    const btf = encodeBtf(typesOf[types]);
    const attr = { btf: bytesIn(btf), btf_size: btf.length, ...btfToken(this.#token) };
    return yield* call("BTF_LOAD", attr, feature);
  }

  /** Loads a function with a context argument, which the verifier recognises by a tag. */
  *#argCtx(): Steps<void> {
    const feature = "arg_ctx_tag";
    const btf = yield* this.#types(feature, feature);
    yield* this.#program(feature, {
      prog_btf_fd: btf,
      func_info: bytesIn(new Uint8Array(Uint32Array.from(argCtxFunctions).buffer)),
      func_info_cnt: argCtxFunctions.length / 2,
      func_info_rec_size: 8,
    });
  }

  /** Creates a link that cannot work, to a directory; the error shows what the kernel supports. */
  *#uprobes(): Steps<void> {
    const feature = "uprobe_multi_link";
    const fd = yield* this.#program(feature);
    const attr: Partial<AttrByCmd["LINK_CREATE"]> = {
      prog_fd: fd,
      target_fd: -1,
      attach_type: AttachType.TRACE_UPROBE_MULTI,
      "uprobe_multi.cnt": 1,
    };
    yield* call("LINK_CREATE", attr, feature);
    yield* call("LINK_CREATE", { ...attr, "uprobe_multi.pid": 0xffffffff }, feature);
  }
}

function call<C extends BpfCmdName>(
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  feature: LibbpfFeature,
): Steps<number> {
  return bpf(cmd, attr, { purpose: "probe", feature });
}

function programAttr(
  { type, attach = 0, name = "", insns }: SampleProgram,
  token: TokenInUse | undefined,
  map?: number,
): Partial<AttrByCmd["PROG_LOAD"]> {
  return {
    prog_type: type,
    expected_attach_type: attach,
    prog_name: name,
    license: "GPL",
    insn_cnt: insns.length,
    insns: bytesIn(assemble(insns, map)),
    ...progToken(token),
  };
}
