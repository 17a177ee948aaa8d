// SPDX-License-Identifier: MIT
import type { ProgramArch } from "../prebuilt.js";

/**
 * Names of the guests: releases of Debian's kernel in QEMU, oldest first, and User-mode Linux. The
 * kernels are for x64, unless the name ends with another architecture.
 *
 * @example
 * ```ts
 * const available = guestNames.filter((guest) => probeGuest(guest).ok);
 * ```
 */
export const guestNames = [
  "6.12",
  "6.12-arm64",
  "6.18",
  "6.19",
  "7.0",
  "7.1",
  "7.2",
  "7.3",
  "uml",
] as const;
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
