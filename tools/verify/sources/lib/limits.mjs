// SPDX-License-Identifier: MIT

/** Maximum CPU time of a run; CPU time does not depend on the load of the machine. */
export const CPU_SECONDS = 10;
/** Limit of the compiler and of the linker, so that both together end in time. */
export const COMPILER_SECONDS = 4;
/** Duration after which a run counts as hanging. */
export const HANG_SECONDS = 240;
/** Maximum memory of a process. */
export const MEGABYTES = 2048;
