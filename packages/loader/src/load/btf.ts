// SPDX-License-Identifier: MIT

import { type Btf, sanitiseBtf } from "@bpf-token/object";
import { Errno } from "@bpf-token/uapi";
import { bpf, refusedBpf, type Steps } from "../calls/steps.js";
import { probeBtfFeatures } from "../probes/btf.js";
import { missingFor } from "../token/missing.js";
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
    const more = missing === undefined ? {} : { missing };
    const refusal = new LoadError(place, error.message, { cause: error, ...more });
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
  // Programs run without BTF as well, unless something needs it.
  if (session.object.structOps.length > 0) {
    throw new LoadError(place, error.message, { cause: error });
  }
  session.note("BTF", `the kernel refuses it, so maps have no BTF: ${error.message}`);
}

function* load(session: Session, btf: Btf): Steps<number> {
  const attr = { btf: { bytes: btf.raw, dir: "in" as const }, btf_size: btf.raw.length };
  return yield* bpf("BTF_LOAD", { ...attr, ...btfToken(session.token) });
}
