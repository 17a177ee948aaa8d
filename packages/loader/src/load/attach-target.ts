// SPDX-License-Identifier: MIT
import type { ProgramSpec } from "@bpf-token/object";
import { type AttrByCmd, ProgType } from "@bpf-token/uapi";
import { kernelBtf, type Steps } from "../calls/steps.js";
import { LoadError } from "./errors.js";
import type { Session } from "./session.js";

/** What a program is attached to, where the kernel wants to know that when it loads it. */
export function* attachTarget(
  _session: Session,
  program: ProgramSpec,
): Steps<Partial<AttrByCmd["PROG_LOAD"]>> {
  const { attachBtf, name, type, section } = program;
  if (attachBtf === undefined) return {};
  const place = { phase: "program", subject: name } as const;
  if (type === ProgType.EXT) {
    const reason = "it takes the place of a function of another program: give that as targets";
    throw new LoadError(place, reason);
  }
  const kernel = yield* kernelBtf();
  const id = kernel?.id(attachBtf.name, attachBtf.kind);
  if (id !== undefined) return { attach_btf_id: id };
  const where = kernel === undefined ? "the kernel shows no types" : "the kernel has none";
  throw new LoadError(place, `${section} is attached to ${attachBtf.name}, but ${where}`);
}
