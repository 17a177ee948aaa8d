// SPDX-License-Identifier: MIT
// libxdp loads a dispatcher, and each XDP program as an extension (freplace) of it.
import type { MapSpec, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { AttachType, MapType, ProgType } from "@bpf-token/uapi";
import type { PolicyObject } from "./policy-result.js";

/** The dispatcher's configuration, which it has as global variables. */
const variables: MapSpec = {
  ...{ name: ".rodata of the dispatcher", kernelName: "xdp_disp.rodata", section: ".rodata" },
  ...{ origin: "rodata", type: MapType.ARRAY, keySize: 4, valueSize: 124, maxEntries: 1, flags: 0 },
  ...{ extra: 0n, numaNode: 0, pinning: "none", keyTypeId: 0, valueTypeId: 0, values: [] },
};

/** The object as libxdp loads it: with the dispatcher, and with extensions in place of XDP programs. */
export function withDispatcher({ file, object }: PolicyObject): PolicyObject {
  const [first] = object.programs.filter(({ type }) => type === ProgType.XDP);
  if (first === undefined) return { file, object };
  const dispatcher: ProgramSpec = {
    ...first,
    ...{ name: "xdp_dispatcher", autoload: true, attach: AttachType.XDP, attachOptional: true },
    function: object.functions.length,
  };
  const body = { name: "xdp_dispatcher", section: "xdp", start: 0, global: true };
  const programs = object.programs.map((program) =>
    program.type === ProgType.XDP
      ? { ...program, type: ProgType.EXT, attach: 0, attachOptional: false }
      : program,
  );
  const loaded: ObjectSpec = {
    ...object,
    maps: [...object.maps, variables],
    programs: [dispatcher, ...programs],
    functions: [...object.functions, { ...body, insns: new Uint8Array(), relocations: [] }],
  };
  return { file, object: loaded };
}
