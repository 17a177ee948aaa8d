// SPDX-License-Identifier: MIT

/** The variable that makes this program the worker of `doctor --try` for another process. */
export const TRIAL_WORKER = "BPF_TOKEN_TRIAL";
