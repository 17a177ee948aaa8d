// SPDX-License-Identifier: MIT

/** Kernels that can be had as guests, by name. */
export const guestNames = ["6.12", "uml"] as const;
/** One of {@link guestNames}. */
export type GuestName = (typeof guestNames)[number];

/** Names the folder of guest kernels in place of the usual one. */
export const GUESTS_VARIABLE = "BPF_TOKEN_GUESTS";
