// SPDX-License-Identifier: MIT
import type { MapSpec } from "@bpf-token/object";
import { Errno, structLayout } from "@bpf-token/uapi";
import { bpf, bpfInto, refusedBpf, type Steps } from "../calls/steps.js";
import { entriesOf } from "./attributes.js";
import { LoadError } from "./errors.js";
import { possibleCpus } from "./possible-cpus.js";
import type { Session } from "./session.js";

/** Names in a BPF filesystem must not contain dots. */
const pathOf = ({ options }: Session, spec: MapSpec): string =>
  `${options.pinRoot}/${spec.name.replaceAll(".", "_")}`;

/**
 * Opens a map that is already pinned under the name; returns `undefined` if there is none.
 *
 * @throws LoadError if the pinned map differs from the object's definition.
 */
export function* findPinned(session: Session, spec: MapSpec): Steps<number | undefined> {
  const path = pathOf(session, spec);
  const fd = yield* bpf("OBJ_GET", { pathname: path }, { subject: spec.name });
  if (fd === -Errno.ENOENT) return undefined;
  const place = { phase: "pin", subject: spec.name } as const;
  if (fd < 0) {
    const error = yield* refusedBpf("OBJ_GET", fd);
    throw new LoadError(place, `${path}: ${error.message}`, { cause: error });
  }
  session.own(fd);
  const differs = yield* difference(spec, fd);
  if (differs !== undefined) {
    throw new LoadError(
      place,
      `${path} is already pinned, but differs from the object's map: ${differs}; unpin it, or set another pinRoot`,
    );
  }
  return fd;
}

/** Describes how a map differs from the object's definition. */
function* difference(spec: MapSpec, fd: number): Steps<string | undefined> {
  const layout = structLayout("bpf_map_info");
  const info = new Uint8Array(layout.size);
  const attr = { bpf_fd: fd, info_len: info.length, info: { bytes: info } };
  const { ret } = yield* bpfInto("OBJ_GET_INFO_BY_FD", attr);
  if (ret < 0) return `${(yield* refusedBpf("OBJ_GET_INFO_BY_FD", ret)).message}`;
  const has = layout.decode(info);
  const processors = yield* possibleCpus();
  const pairs: readonly (readonly [string, number | bigint, number | bigint])[] = [
    ["type", has.type, spec.type],
    ["key size", has.key_size, spec.keySize],
    ["value size", has.value_size, spec.valueSize],
    ["entries", has.max_entries, entriesOf(spec, processors)],
    ["flags", has.map_flags, spec.flags],
    ["map_extra", has.map_extra, spec.extra],
  ];
  const wrong = pairs.filter(([, there, wanted]) => there !== wanted);
  if (wrong.length === 0) return undefined;
  return wrong
    .map(([what, there, wanted]) => `${what} is ${there} instead of ${wanted}`)
    .join(", ");
}

/** Pins a map under its name. */
export function* pinMap(session: Session, spec: MapSpec, fd: number): Steps<void> {
  const path = pathOf(session, spec);
  const ret = yield* bpf("OBJ_PIN", { pathname: path, bpf_fd: fd }, { subject: spec.name });
  if (ret >= 0) return;
  const error = yield* refusedBpf("OBJ_PIN", ret);
  throw new LoadError(
    { phase: "pin", subject: spec.name },
    `${path}: ${error.message}; check that a BPF filesystem is mounted at ${session.options.pinRoot}`,
    { cause: error },
  );
}
