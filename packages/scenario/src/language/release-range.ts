// SPDX-License-Identifier: MIT
import type { Kernel, KernelFeatures } from "@bpf-token/syscall";
import { isKernelRelease, kernelReleases, releaseCode } from "@bpf-token/uapi";
import type { Needs } from "./model.js";
import type { Position, Problems } from "./problems.js";
import { suggestion } from "./suggestion.js";

/** What a backend can be asked to have. */
export const features: readonly (keyof KernelFeatures)[] = ["refusals", "sysctl", "lsm", "faults"];

/** Whether text names a release: one whose facts are known, or any `X.Y`. */
export function isReleaseText(text: string): boolean {
  return isKernelRelease(text) || /^\d{1,4}\.\d{1,3}$/.test(text);
}

/** Checks the name of a release. */
export function readRelease(text: string, at: Position, reading: { problems: Problems }): void {
  if (isReleaseText(text)) return;
  const hint = suggestion(text, kernelReleases);
  reading.problems.add(at, `'${text}' is not a kernel release such as "6.12"`, hint);
}

/**
 * The number by which releases compare by age; also of those between the ones whose facts are
 * known, and of `uname -r`.
 */
export function ageOf(release: string): number {
  if (isKernelRelease(release)) return releaseCode(release);
  const match = /^(\d+)\.(\d+)/.exec(release);
  return match === null ? 0 : Number(match[1]) * 1000 + Number(match[2]);
}

/** Of several releases the newest that is not newer than the kernel. */
export function newestFitting(releases: readonly string[], kernel: string): string | undefined {
  const fitting = releases.filter((release) => ageOf(release) <= ageOf(kernel));
  return fitting.sort((a, b) => ageOf(a) - ageOf(b)).at(-1);
}

/**
 * What of `needs` a kernel does not meet.
 *
 * @returns one sentence, or undefined if it meets all.
 */
export function unmetNeed(needs: Needs | undefined, kernel: Kernel): string | undefined {
  if (needs === undefined) return undefined;
  const age = ageOf(kernel.release);
  if (needs.since !== undefined && age < ageOf(needs.since)) {
    return `needs Linux ${needs.since} or later, this is ${kernel.release}`;
  }
  if (needs.until !== undefined && age > ageOf(needs.until)) {
    return `is for Linux up to ${needs.until}, this is ${kernel.release}`;
  }
  const missing = needs.features?.find((feature) => !kernel.features[feature]);
  return missing && `needs '${missing}', which the ${kernel.backend} backend does not have`;
}
