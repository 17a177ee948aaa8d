// SPDX-License-Identifier: MIT

/** The guests by name: releases of Debian's kernel in QEMU, oldest first, and User-mode Linux. */
export const guestNames = ["6.12", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3", "uml"] as const;
/** One of {@link guestNames}. */
export type GuestName = (typeof guestNames)[number];

/** Names the folder of guest kernels in place of the usual one. */
export const GUESTS_VARIABLE = "BPF_TOKEN_GUESTS";
