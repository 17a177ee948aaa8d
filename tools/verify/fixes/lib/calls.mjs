// SPDX-License-Identifier: MIT
import { axisNames, delegationOf, parseMask } from "@bpf-token/delegation";
import {
  BpfError,
  capabilityMask,
  createMap,
  createToken,
  delegateBpffs,
  delegationOptions,
  loadProgram,
  setCapabilities,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";

/** A program that returns 0. */
export const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/** Makes the calls of a combination on a kernel. Returns the name of the first errno, or "". */
export function tryCalls(kernel, { namespace, masks, held, map, valueSize, program, attach }) {
  const delegation = delegationOf(
    Object.fromEntries(
      axisNames.map((axis) => [axis, masks[axis] === "" ? 0n : parseMask(axis, masks[axis])]),
    ),
  );
  const task = kernel.init.fork();
  const open = [];
  try {
    let token;
    if (namespace === "container") {
      unshare(task, "user", "mnt");
      writeIdMaps(task, {}, kernel.init);
      open.push(delegateBpffs(task, kernel.init, delegationOptions(delegation)));
    }
    const mask = capabilityMask(held);
    setCapabilities(task, { effective: mask, permitted: mask, inheritable: 0n });
    if (namespace === "container") token = tokenOf(task, open);
    const given = token === undefined ? {} : { token };
    open.push(createMap(task, { type: map, keySize: 4, valueSize, maxEntries: 1, ...given }));
    open.push(loadProgram(task, { type: program, attach, insns, ...given }));
    return "";
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return error.code;
  } finally {
    for (const fd of open.reverse()) fd.close();
    task.close();
  }
}

function tokenOf(task, open) {
  try {
    const token = createToken(task, open[0]);
    open.push(token);
    return token;
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return undefined;
  }
}
