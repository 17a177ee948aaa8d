// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import type { Steps } from "../calls/steps.js";
import { loadTypes } from "./btf.js";
import { fillProgramSlots, makeMaps } from "./maps.js";
import { loadPrograms, prepare } from "./programs.js";
import { Session, type SessionOptions, type TokenInUse } from "./session.js";

/**
 * Loads an object: types, maps, programs, in the order of libbpf. This is the one place that says
 * which calls are made. When it fails everything that was opened is closed.
 */
export function* loadObject(
  object: ObjectSpec,
  options: SessionOptions,
  token?: TokenInUse,
): Steps<Session> {
  const session = new Session(object, options, token);
  let done = false;
  try {
    const prepared = yield* prepare(session);
    yield* loadTypes(session);
    yield* makeMaps(session);
    yield* loadPrograms(session, prepared);
    yield* fillProgramSlots(session);
    done = true;
    return session;
  } finally {
    if (!done) yield* session.dropAll();
  }
}
