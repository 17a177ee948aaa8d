// SPDX-License-Identifier: MIT
import {
  allBtfFeatures,
  type BtfFeatures,
  type BtfType,
  type EncodeBtfOptions,
  encodeBtf,
} from "@bpf-token/object";
import { Errno } from "@bpf-token/uapi";
import { bpf, close, type Steps } from "../calls/steps.js";
import { btfToken } from "../load/attributes.js";
import type { TokenInUse } from "../load/session.js";

const int: BtfType = {
  kind: "INT",
  name: "int",
  size: 4,
  bits: 32,
  bitOffset: 0,
  signed: true,
  char: false,
  bool: false,
};
/** BTF that every kernel with BTF support accepts. */
export const simplestTypes: readonly BtfType[] = [int];
const variable: BtfType = { kind: "VAR", name: "x", type: 1, linkage: 0 };
const prototype: BtfType = {
  kind: "FUNC_PROTO",
  name: "",
  returnType: 0,
  params: [{ name: "a", type: 1 }],
};
const section = (name: string): BtfType => ({
  kind: "DATASEC",
  name,
  size: 4,
  vars: [{ type: 2, offset: 0, size: 4 }],
});
const func = (linkage: number): BtfType => ({ kind: "FUNC", name: "f", type: 2, linkage });

/** Minimal BTF for each feature. */
const samples: Readonly<Record<keyof BtfFeatures, readonly BtfType[]>> = {
  func: [int, prototype, func(0)],
  globalFunc: [int, prototype, func(1)],
  datasec: [int, variable, section(".data")],
  questionMark: [int, variable, section("?.data")],
  float: [{ kind: "FLOAT", name: "float", size: 4 }],
  declTag: [int, variable, { kind: "DECL_TAG", name: "tag", type: 2, component: -1, flag: false }],
  typeTag: [
    int,
    { kind: "TYPE_TAG", name: "tag", type: 1, flag: false },
    { kind: "PTR", name: "", type: 2 },
  ],
  enum64: [
    {
      kind: "ENUM64",
      name: "wide",
      signed: true,
      size: 8,
      values: [{ name: "one", value: 1n }],
    },
  ],
  layout: [int],
};

/**
 * Probes which BTF kinds a kernel accepts. A probe that is not permitted counts as supported, since
 * it is no reason to remove the kind.
 */
export function* probeBtfFeatures(token: TokenInUse | undefined): Steps<BtfFeatures> {
  const features: Record<keyof BtfFeatures, boolean> = { ...allBtfFeatures };
  for (const name of Object.keys(samples) as (keyof BtfFeatures)[]) {
    const encoding = { layout: name === "layout" };
    features[name] = (yield* probeBtf(samples[name], token, encoding)) !== "not supported";
  }
  return features;
}

/** The result of a probe. See {@link FeatureSupport}. */
export type Support = "supported" | "not supported" | "not permitted";

/** Probes whether a kernel accepts some BTF. */
export function* probeBtf(
  types: readonly BtfType[],
  token: TokenInUse | undefined,
  encoding: EncodeBtfOptions = {},
): Steps<Support> {
  const bytes = encodeBtf(types, encoding);
  const attr = { btf: { bytes, dir: "in" as const }, btf_size: bytes.length, ...btfToken(token) };
  return yield* supportOf(yield* bpf("BTF_LOAD", attr, { purpose: "probe" }));
}

/** Interprets the result of a probe, and closes its file descriptor. */
export function* supportOf(ret: number): Steps<Support> {
  if (ret >= 0) {
    yield* close(ret);
    return "supported";
  }
  return ret === -Errno.EPERM ? "not permitted" : "not supported";
}
