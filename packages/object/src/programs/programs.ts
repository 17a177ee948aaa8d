// SPDX-License-Identifier: MIT
import { AttachType, BPF_F, ProgType } from "@bpf-token/uapi";
import type { Btf } from "../btf/btf.js";
import { type SectionKind, sectionKind } from "../sec-table.js";
import type { ProgramSpec } from "../spec.js";
import type { Functions, RawFunction } from "./functions.js";

/** Reads the programs of an object: the functions in sections other than `.text`. */
export function readPrograms(functions: Functions, btf: Btf | undefined): ProgramSpec[] {
  const callbacks = exceptionCallbacks(functions, btf);
  return functions.all
    .filter((one) => !functions.isSubprogram(one))
    .map((one) => toProgram(one, callbacks.get(one.name)));
}

function toProgram({ name, section, index }: RawFunction, callback?: number): ProgramSpec {
  const plain = section.name.replace(/^\?/, "");
  const kind = sectionKind(plain);
  const slash = plain.indexOf("/");
  const target = kind?.target === true && slash >= 0 ? plain.slice(slash + 1) : undefined;
  const attachBtf = kind === undefined ? undefined : attachBtfOf(kind, target);
  const flags = (kind?.sleepable ? BPF_F.SLEEPABLE : 0) | (kind?.frags ? BPF_F.XDP_HAS_FRAGS : 0);
  return {
    name,
    section: plain,
    function: index,
    type: kind?.type ?? ProgType.UNSPEC,
    attach: kind?.attach ?? 0,
    attachOptional: kind?.attachOptional ?? false,
    ...(target === undefined ? {} : { target }),
    ...(attachBtf === undefined ? {} : { attachBtf }),
    flags,
    usdt: kind?.usdt ?? false,
    autoload: plain === section.name,
    ...(callback === undefined ? {} : { exceptionCallback: callback }),
  };
}

/** Returns the kernel's BTF name of an attach target. */
function attachBtfOf(kind: SectionKind, target: string | undefined): ProgramSpec["attachBtf"] {
  // The target of an EXT program is in another program, not in the kernel.
  if (!kind.attachBtf || target === undefined || kind.type === ProgType.EXT) return undefined;
  switch (kind.attach) {
    case AttachType.TRACE_RAW_TP:
      return { name: `btf_trace_${target}`, kind: "TYPEDEF" };
    case AttachType.LSM_MAC:
    case AttachType.LSM_CGROUP:
      return { name: `bpf_lsm_${target}`, kind: "FUNC" };
    case AttachType.TRACE_ITER:
      return { name: `bpf_iter_${target}`, kind: "FUNC" };
    default:
      return { name: target, kind: "FUNC" };
  }
}

const TAG = "exception_callback:";

/**
 * Reads exception callbacks, which programs declare with a tag. A program with two such tags gets
 * none, so that the verifier reports the mistake.
 */
function exceptionCallbacks(functions: Functions, btf: Btf | undefined): Map<string, number> {
  const found = new Map<string, number>();
  const twice = new Set<string>();
  for (const id of btf?.idsOfKind("DECL_TAG") ?? []) {
    const tag = btf?.type(id);
    if (btf === undefined || tag?.kind !== "DECL_TAG" || !tag.name.startsWith(TAG)) continue;
    const name = tag.name.slice(TAG.length);
    const callback = functions.all.find((one) => one.name === name && functions.isSubprogram(one));
    if (callback === undefined) {
      return btf.fail(id, `exception callback ${name} is not a function of the object`);
    }
    const program = btf.name(tag.type);
    if (found.has(program)) twice.add(program);
    found.set(program, callback.index);
  }
  for (const program of twice) found.delete(program);
  return found;
}
