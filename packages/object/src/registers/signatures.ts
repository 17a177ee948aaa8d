// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { decodeFuncInfo } from "../btf/ext.js";
import { resolveType, sizeOfType } from "../btf/resolve.js";
import type { BtfType } from "../btf/types.js";
import { ObjectFormatError } from "../error.js";
import type { FunctionSpec } from "../spec.js";
import { anyScalar, anything, Kind, pointer, type Value } from "./value.js";

/** The contexts that functions with global linkage take by their type. */
const contexts: ReadonlySet<string> = new Set([
  ...["__sk_buff", "xdp_md", "sk_msg_md", "sk_reuseport_md", "bpf_sockopt", "bpf_sock"],
  ...["bpf_sock_ops", "bpf_sock_addr", "bpf_sk_lookup", "bpf_cgroup_dev_ctx", "bpf_sysctl"],
  ...["bpf_nf_ctx", "bpf_user_pt_regs_t", "pt_regs", "bpf_perf_event_data"],
  ...["bpf_raw_tracepoint_args"],
]);

/** An argument of a function that the verifier checks alone. */
export interface Parameter {
  readonly value: Value;
  /** The bytes that a pointer must point to; Infinity if unknown. */
  readonly size: number;
}

/** The parameters of a function with global linkage, undefined without BTF. */
export function parametersOf(
  btf: Btf | undefined,
  { global, funcInfo }: FunctionSpec,
): readonly Parameter[] | undefined {
  if (!global || btf === undefined || funcInfo === undefined) return undefined;
  const [first] = decodeFuncInfo(funcInfo);
  const proto = first === undefined ? undefined : prototypeOf(btf, first.type);
  return proto?.params.map(({ type }) => parameterOf(btf, type));
}

/** What a kernel function returns. */
export function resultOf(btf: Btf | undefined, type: number): Value {
  const proto = btf === undefined ? undefined : prototypeOf(btf, type);
  if (btf === undefined || proto === undefined) return anything;
  const kind = typeOf(btf, proto.returnType)?.kind;
  if (kind === undefined) return anything;
  if (kind !== "PTR") return anyScalar;
  return pointer(Kind.OBJECT | Kind.MEM, { nullable: true });
}

function prototypeOf(btf: Btf, id: number): Extract<BtfType, { kind: "FUNC_PROTO" }> | undefined {
  const found = btf.find(id);
  const proto = found?.kind === "FUNC" ? btf.find(found.type) : undefined;
  return proto?.kind === "FUNC_PROTO" ? proto : undefined;
}

/** A type without qualifiers; undefined where the object is malformed. */
function typeOf(btf: Btf, id: number): BtfType | undefined {
  try {
    return resolveType(btf, id).type;
  } catch (error) {
    if (error instanceof ObjectFormatError) return undefined;
    throw error;
  }
}

function parameterOf(btf: Btf, id: number): Parameter {
  const type = typeOf(btf, id);
  if (type === undefined) return { value: anything, size: Infinity };
  if (type.kind !== "PTR") return { value: anyScalar, size: 0 };
  const target = typeOf(btf, type.type);
  if (target !== undefined && contexts.has(nameOf(btf, type.type, target))) {
    return { value: pointer(Kind.CTX), size: 0 };
  }
  const isTagged = btf.idsOf("arg:trusted", "DECL_TAG").length > 0;
  const kinds = isTagged ? Kind.MEM | Kind.OBJECT : Kind.MEM;
  return { value: pointer(kinds, { nullable: true }), size: sizeOf(btf, type.type) };
}

/** The name of a type, or of its typedef. */
function nameOf(btf: Btf, id: number, target: BtfType): string {
  const outer = btf.find(id);
  return outer?.kind === "TYPEDEF" ? outer.name : "name" in target ? target.name : "";
}

function sizeOf(btf: Btf, id: number): number {
  try {
    return sizeOfType(btf, id);
  } catch (error) {
    if (error instanceof ObjectFormatError) return Infinity;
    throw error;
  }
}
