// SPDX-License-Identifier: MIT

/** Names of the guests. */
export const guestNames = ["6.12", "uml"] as const;
/** One of {@link guestNames}. */
export type GuestName = (typeof guestNames)[number];

/** Environment variable with the folder of guest kernels. */
export const GUESTS_VARIABLE = "BPF_TOKEN_GUESTS";
