// SPDX-License-Identifier: MIT
import type { CauseId } from "../cause.js";

/** What refuses to load a program with EPERM, most likely first. */
export const refusedLoad: readonly CauseId[] = [
  "prog.load.sysctl",
  "explain.no_token",
  "token.dropped.prog",
  "doctor.seccomp",
  "doctor.lsm",
  "explain.memlock",
  "prog.load.net_admin",
  "prog.load.perfmon",
];
/** What refuses to create a map with EPERM. */
export const refusedMap: readonly CauseId[] = [
  "map.create.sysctl",
  "explain.no_token",
  "token.dropped.map",
  "doctor.seccomp",
  "explain.memlock",
  "doctor.lsm",
];

/** What refuses access to a map that is open. */
export const noAccess: readonly CauseId[] = ["map.fd.mode", "doctor.seccomp", "doctor.lsm"];
