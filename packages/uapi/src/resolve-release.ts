// SPDX-License-Identifier: MIT
import { type KernelRelease, newestRelease } from "./generated/releases.js";
import { isLinux, linuxCode } from "./linux-code.js";
import { nearest } from "./nearest.js";
import { factsRelease, isKernelRelease, kernelReleases, releaseCode } from "./releases.js";

/** A release that a person asked for, as one that is modelled. See {@link resolveRelease}. */
export interface ResolvedRelease {
  /** The modelled release whose rules are in force. */
  readonly release: KernelRelease;
  /** The sentence for the person, if the text is not the name of {@link ResolvedRelease.release}. */
  readonly note?: string;
}

/**
 * Returns the modelled release whose rules are in force in the release that a person asked for.
 *
 * @param text - the name of a modelled release, or any Linux release from 6.9 to the newest modelled
 *   one, as `uname -r` or a person writes it: `6.13`, `7.0.13`, `6.18.15-cloud-amd64`.
 * @throws RangeError for Linux before 6.9, which has no tokens, for a release after the newest modelled
 *   one, and for other text.
 * @example
 * ```ts
 * resolveRelease("6.13").release; // "6.12"
 * resolveRelease("6.13").note; // "Linux 6.13 follows the rules of 6.12, the nearest older release that is modelled"
 * ```
 */
export function resolveRelease(text: string): ResolvedRelease {
  if (isKernelRelease(text)) return { release: text };
  const series = numbers.exec(text)?.[1];
  const code = series === undefined ? undefined : linuxCode(series);
  if (series === undefined || code === undefined) throw new RangeError(unknown(text));
  if (code < releaseCode("6.9")) {
    throw new RangeError(`Linux ${text} has no BPF tokens; they exist since Linux 6.9`);
  }
  if (code > releaseCode(newestRelease)) {
    const way = `give ${newestRelease} to use the newest rules`;
    throw new RangeError(`Linux ${text} is newer than every modelled release; ${way}`);
  }
  if (!isLinux(code)) {
    throw new RangeError(`Linux ${text} does not exist; 7.0 follows 6.19`);
  }
  const release = factsRelease(series);
  const older = release === series ? "" : ", the nearest older release that is modelled";
  return { release, note: `Linux ${text} follows the rules of ${release}${older}` };
}

const numbers = /^(\d{1,3}\.\d{1,3})(?:\.\d{1,5})?(?:[-+~][\w.+~-]{0,64})?$/;

function unknown(text: string): string {
  const hint = nearest(text, kernelReleases);
  const did = hint === undefined ? "" : `; did you mean '${hint}'?`;
  const posted = kernelReleases.filter((name) => name.startsWith("v"));
  const range = `give a Linux release from 6.9 to ${newestRelease}, or ${posted.join(", ")}`;
  return `unknown release '${text}'${did} (${range})`;
}
