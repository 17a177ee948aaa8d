// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import type { ObjectSpec } from "@bpf-token/object";
import type { Task } from "@bpf-token/syscall";
import { Collection, LoadError, type LoadOptions } from "../src/index.ts";

/** Exactly the delegation that `counter` needs. */
export const exact = {
  cmds: ["MAP_CREATE", "PROG_LOAD", "BTF_LOAD"],
  maps: ["HASH", "ARRAY"],
  progs: ["XDP"],
  attachs: ["XDP"],
} as const satisfies Delegation;

/** Loads an object and returns the error. */
export function refusal(
  task: Task,
  object: Uint8Array | ObjectSpec,
  options: LoadOptions = {},
): LoadError {
  try {
    Collection.load(task, object, { env: {}, ...options }).close();
  } catch (error) {
    if (error instanceof LoadError) return error;
    throw error;
  }
  throw new Error("it was loaded");
}
