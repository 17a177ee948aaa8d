// SPDX-License-Identifier: MIT

/**
 * Names of the guests.
 *
 * @example
 * ```ts
 * const available = guestNames.filter((guest) => probeGuest(guest).ok);
 * ```
 */
export const guestNames = ["6.12", "uml"] as const;
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
