// SPDX-License-Identifier: MIT

/**
 * Names of the guests: releases of Debian's kernel in QEMU, oldest first, and User-mode Linux.
 *
 * @example
 * ```ts
 * const available = guestNames.filter((guest) => probeGuest(guest).ok);
 * ```
 */
export const guestNames = ["6.12", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3", "uml"] as const;
/** One of {@link guestNames}. */
export type GuestName = (typeof guestNames)[number];

/**
 * Environment variable with the folder of guest kernels.
 *
 * @example
 * ```ts
 * process.env[GUESTS_VARIABLE] = "/srv/guests";
 * guestsFolder(); // "/srv/guests"
 * ```
 */
export const GUESTS_VARIABLE = "BPF_TOKEN_GUESTS";
