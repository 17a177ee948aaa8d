// SPDX-License-Identifier: MIT
import type { MapSpec } from "@bpf-token/object";
import { KernelLog, NotModelledError } from "@bpf-token/syscall";
import { type AttrByCmd, Errno, MapType } from "@bpf-token/uapi";
import { bpf, close, commonAttrs, refusedBpf, type Steps, withText } from "../calls/steps.js";
import { missingFor } from "../token/missing.js";
import { otherRefusals } from "../token/namespace.js";
import { mapAttr } from "./attributes.js";
import { LoadError } from "./errors.js";
import { kconfigContents } from "./kconfig.js";
import { findPinned, pinMap } from "./pinning.js";
import { possibleCpus } from "./possible-cpus.js";
import type { Session } from "./session.js";
import type { StructOps } from "./struct-ops.js";

/** Creates all maps of the object, sets the contents of variables, and fills maps of maps. */
export function* createMaps(session: Session, { tables }: StructOps): Steps<void> {
  for (const spec of session.object.maps) {
    const fd = yield* findOrCreate(session, spec);
    session.maps.set(spec.name, fd);
  }
  for (const spec of session.object.maps) {
    const made = session.maps.get(spec.name);
    if (made !== undefined && !made.reused) yield* fillSlots(session, spec, made.fd);
  }
  for (const { map: spec, valueTypeId } of tables) {
    const fd = yield* createMap(session, spec, valueTypeId);
    session.maps.set(spec.name, { spec, fd, reused: false });
  }
}

function* findOrCreate(
  session: Session,
  spec: MapSpec,
): Steps<{ readonly spec: MapSpec; readonly fd: number; readonly reused: boolean }> {
  const given = session.options.maps.get(spec.name);
  if (given !== undefined) return { spec, fd: given, reused: true };
  const pinned = spec.pinning === "by-name" ? yield* findPinned(session, spec) : undefined;
  if (pinned !== undefined) return { spec, fd: session.own(pinned), reused: true };
  const fd = yield* createMap(session, spec);
  yield* fillVariables(session, spec, fd);
  if (spec.pinning === "by-name") yield* pinMap(session, spec, fd);
  return { spec, fd, reused: false };
}

/** Creates a map. A map of maps needs a template inner map, which is closed afterwards. */
function* createMap(session: Session, spec: MapSpec, kernelTypeId?: number): Steps<number> {
  const innerFd = spec.inner === undefined ? undefined : yield* createMap(session, spec.inner);
  const needsProcessors = spec.type === MapType.PERF_EVENT_ARRAY && spec.maxEntries === 0;
  const processors = needsProcessors ? yield* possibleCpus() : 1;
  const parts = { token: session.token, innerFd, processors, kernelTypeId };
  const about = { subject: spec.name };
  const attr = mapAttr(spec, { ...parts, btfFd: session.btfFd });
  const ret = yield* bpf("MAP_CREATE", attr, about);
  if (ret >= 0) {
    if (innerFd !== undefined) yield* session.drop(innerFd);
    return session.own(ret);
  }
  const refusal = yield* mapRefused(session, spec, attr, ret);
  if (attr.btf_fd === undefined || ret === -Errno.EPERM) throw refusal;
  // Some map types refuse BTF; which ones depends on the release.
  const plain = mapAttr(spec, { ...parts, btfFd: undefined });
  const again = yield* bpf("MAP_CREATE", plain, about);
  if (again < 0) throw refusal;
  if (innerFd !== undefined) yield* session.drop(innerFd);
  session.note(spec.name, `created without BTF: ${refusal.reason}`);
  return session.own(again);
}

function* mapRefused(
  session: Session,
  spec: MapSpec,
  attr: MapAttr,
  ret: number,
): Steps<LoadError> {
  const error = yield* refusedBpf("MAP_CREATE", ret);
  const place = { phase: "map", subject: spec.name } as const;
  if (ret === -Errno.EPERM) {
    const missing = yield* missingFor(session, { cmd: "MAP_CREATE", mapType: spec.type });
    const other = missing.length === 0 ? yield* otherRefusals(error.errno) : "";
    return new LoadError(place, `${error.message}${other}`, { cause: error, missing });
  }
  const log = yield* mapLog(spec, attr);
  const cause = withText(error, log);
  const other = yield* otherRefusals(error.errno);
  return new LoadError(place, `${cause.message}${other}`, { cause, log });
}

type MapAttr = Partial<AttrByCmd["MAP_CREATE"]>;

/** Since Linux 7.2: repeats a refused call with a log. Never after EPERM, which the kernel does not explain. */
function* mapLog({ name }: MapSpec, attr: MapAttr): Steps<string> {
  if (!(yield* commonAttrs())) return "";
  const log = new KernelLog();
  const ret = yield* bpf("MAP_CREATE", attr, { subject: name, log });
  if (ret >= 0) yield* close(ret);
  return log.text;
}

/** Sets the initial contents of variables, and freezes maps of constants. */
function* fillVariables(session: Session, spec: MapSpec, fd: number): Steps<void> {
  if (spec.origin === "definition" || spec.origin === "legacy") return;
  const given = session.options.contents.get(spec.name) ?? spec.contents;
  const value = spec.origin === "kconfig" ? yield* kconfigContents(session, spec) : given;
  // The kernel initialises maps with zeroes, which is enough for `.bss`.
  if (value?.some((byte) => byte !== 0) === true) {
    yield* update(session, spec, fd, new Uint8Array(spec.keySize), value);
  }
  if (spec.origin !== "rodata" && spec.origin !== "kconfig") return;
  const ret = yield* bpf("MAP_FREEZE", { map_fd: fd }, { subject: spec.name });
  if (ret >= 0) return;
  const error = yield* refusedBpf("MAP_FREEZE", ret);
  session.note(spec.name, `not frozen, so other processes can change constants: ${error.message}`);
}

function* fillSlots(session: Session, spec: MapSpec, fd: number): Steps<void> {
  for (const slot of spec.values) {
    const target = slot.map === undefined ? undefined : session.maps.get(slot.map)?.fd;
    if (target !== undefined) yield* updateSlot(session, spec, fd, slot.index, target);
  }
}

/** Puts the loaded programs into program arrays. */
export function* fillProgramSlots(session: Session): Steps<void> {
  for (const { spec, fd, reused } of session.maps.values()) {
    if (reused) continue;
    for (const slot of spec.values) {
      const target =
        slot.program === undefined ? undefined : session.programs.get(slot.program)?.fd;
      if (target !== undefined) yield* updateSlot(session, spec, fd, slot.index, target);
    }
  }
}

function* updateSlot(
  session: Session,
  spec: MapSpec,
  fd: number,
  index: number,
  target: number,
): Steps<void> {
  const word = (value: number): Uint8Array => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return bytes;
  };
  yield* update(session, spec, fd, word(index), word(target));
}

function* update(
  session: Session,
  spec: MapSpec,
  fd: number,
  key: Uint8Array,
  value: Uint8Array,
): Steps<void> {
  const attr = { map_fd: fd, key, value: { bytes: value, dir: "in" as const } };
  try {
    const ret = yield* bpf("MAP_UPDATE_ELEM", attr, { subject: spec.name });
    if (ret >= 0) return;
    const error = yield* refusedBpf("MAP_UPDATE_ELEM", ret);
    throw new LoadError({ phase: "map", subject: spec.name }, error.message, { cause: error });
  } catch (error) {
    if (!(error instanceof NotModelledError)) throw error;
    session.note(spec.name, error.message);
  }
}
