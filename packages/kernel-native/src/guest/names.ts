// SPDX-License-Identifier: MIT
import { guestNames } from "../generated/guest-names.js";
import type { ProgramArch } from "../prebuilt.js";

export { guestNames };
/** One of {@link guestNames}. */
export type GuestName = (typeof guestNames)[number];

/** Returns the release of a guest's kernel and the architecture of its machine. */
export function parseGuestName(guest: GuestName): {
  readonly release: string;
  readonly arch: ProgramArch;
} {
  const [release = "", arch = "x64"] = guest.split("-");
  return { release, arch: arch === "arm64" ? arch : "x64" };
}

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
