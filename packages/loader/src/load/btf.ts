// SPDX-License-Identifier: MIT

import { type Btf, sanitiseBtf } from "@bpf-token/object";
import { KernelLog } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { bpf, close, refusedBpf, type Steps, withText } from "../calls/steps.js";
import { probeBtfFeatures } from "../probes/btf.js";
import { missingFor } from "../token/missing.js";
import { otherRefusals } from "../token/namespace.js";
import { btfToken } from "./attributes.js";
import { LoadError } from "./errors.js";
import type { Session } from "./session.js";

/**
 * Loads the object's BTF. Only if the kernel refuses it, the loader probes which kinds the kernel
 * supports, replaces the others and tries again.
 */
export function* loadBtf(session: Session): Steps<void> {
  const { btf } = session.object;
  if (btf === undefined) return;
  const ret = yield* load(session, btf);
  if (ret >= 0) {
    session.btfFd = session.own(ret);
    return;
  }
  const error = yield* refusedBpf("BTF_LOAD", ret);
  const place = { phase: "btf" } as const;
  if (ret === -Errno.EPERM) {
    const missing = yield* missingFor(session, { cmd: "BTF_LOAD" });
    const other = missing.length === 0 ? yield* otherRefusals(error.errno) : "";
    const reason = `${error.message}${other}`;
    const refusal = new LoadError(place, reason, { cause: error, missing });
    if (!session.options.btfOptional) throw refusal;
    session.note("BTF", `not loaded, so maps and programs have no BTF: ${refusal.message}`);
    return;
  }
  const features = yield* probeBtfFeatures(session.token);
  const smaller = sanitiseBtf(btf, features);
  const again = smaller === btf ? ret : yield* load(session, smaller);
  if (again >= 0) {
    session.btfFd = session.own(again);
    session.note("BTF", "kinds that this kernel does not support are replaced by others");
    return;
  }
  const log = new KernelLog();
  const last = yield* load(session, smaller, log);
  if (last >= 0) yield* close(last);
  // The kernel lists the types up to the wrong one, and its sentence comes last.
  const sentence = log.text.slice(log.text.lastIndexOf("\n") + 1);
  const cause = withText(error, sentence);
  // Programs run without BTF as well, unless something needs it.
  if (session.object.structOps.length > 0) {
    throw new LoadError(place, cause.message, { cause, log: log.text });
  }
  session.note("BTF", `the kernel refuses it, so maps have no BTF: ${cause.message}`);
}

function* load(session: Session, btf: Btf, log?: KernelLog): Steps<number> {
  const attr = { btf: { bytes: btf.raw, dir: "in" as const }, btf_size: btf.raw.length };
  const token = btfToken(session.token);
  return yield* bpf("BTF_LOAD", { ...attr, ...token, ...log?.btfFields() });
}
