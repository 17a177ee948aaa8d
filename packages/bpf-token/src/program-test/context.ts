// SPDX-License-Identifier: MIT
import { type ValueCodec, valueCodec } from "@bpf-token/object";
import { ProgType } from "@bpf-token/uapi";
import type { LoadedObject } from "./loaded-object.js";
import { contextName } from "./runnable.js";
import { type Plain, toValue, ValueError } from "./values.js";

/**
 * The codec of the struct that a program's context is.
 *
 * @throws ValueError if the program type has none, or the object does not have its type.
 */
export function contextCodec(object: LoadedObject, program: string): ValueCodec {
  const name = contextName(object.collection.program(program).spec.type);
  const { btf } = object.object;
  const id = name === undefined ? undefined : btf?.id(name, "STRUCT");
  if (btf !== undefined && id !== undefined) return valueCodec(btf, id);
  const why = name === undefined ? "its context is no struct" : `the object has no struct ${name}`;
  throw new ValueError(`${program}: write the context as hexadecimal digits, because ${why}`);
}

/** The bytes of a context that a test writes as bytes or as members of a struct. */
export function contextBytes(
  object: LoadedObject,
  program: string,
  context: Uint8Array | Plain | undefined,
  packet: Uint8Array | undefined,
): Uint8Array | undefined {
  if (context === undefined || context instanceof Uint8Array) return context;
  const codec = contextCodec(object, program);
  const fitted = toValue(context, codec, "the context");
  // The kernel refuses the context of an XDP program whose packet has another end.
  const { type } = object.collection.program(program).spec;
  const end = type === ProgType.XDP ? { data_end: packet?.length ?? 0 } : {};
  return codec.encode({ ...end, ...(fitted as object) });
}
