// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { close, type Steps } from "../calls/steps.js";
import { discoverToken, type FoundToken, type TokenSource } from "../token/discover.js";
import { loadBtf } from "./btf.js";
import { createMaps, fillProgramSlots } from "./maps.js";
import { dropModules } from "./modules.js";
import { loadPrograms, prepare } from "./programs.js";
import { Session, type SessionOptions, type TokenInUse } from "./session.js";
import { fillTables } from "./struct-ops.js";

/** Where the token of a load comes from: the caller passes it, or the loader looks for it. */
export type TokenChoice = { readonly kind: "given"; readonly token: TokenInUse } | TokenSource;

/**
 * Loads an object in libbpf's order: token, BTF, maps, programs. All calls of a load are made from
 * here. On failure, everything that was opened is closed.
 */
export function* loadObject(
  object: ObjectSpec,
  options: SessionOptions,
  choice: TokenChoice,
): Steps<Session> {
  if (choice.kind === "given") {
    return yield* loadParts(object, options, { token: choice.token, reasons: [] });
  }
  const found = yield* discoverToken(choice);
  let done = false;
  try {
    const session = yield* loadParts(object, options, found);
    done = true;
    return session;
  } finally {
    if (!done && found.token !== undefined) yield* close(found.token.fd);
  }
}

function* loadParts(
  object: ObjectSpec,
  options: SessionOptions,
  found: FoundToken,
): Steps<Session> {
  const session = new Session(object, options, found);
  let done = false;
  try {
    const prepared = yield* prepare(session);
    yield* loadBtf(session);
    yield* createMaps(session, prepared.structOps);
    yield* loadPrograms(session, prepared);
    yield* dropModules(session);
    yield* fillProgramSlots(session);
    fillTables(session, prepared.structOps);
    done = true;
    return session;
  } finally {
    if (!done) yield* session.dropAll();
  }
}
