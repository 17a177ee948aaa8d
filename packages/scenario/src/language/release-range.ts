// SPDX-License-Identifier: MIT
import type { Kernel, KernelFeatures } from "@bpf-token/syscall";
import { isKernelRelease, kernelReleases, linuxCode, releaseCode } from "@bpf-token/uapi";
import type { Needs } from "./model.js";
import type { Position, Problems } from "./problems.js";
import { suggestion } from "./suggestion.js";

/** The features that `needs` can require of a backend. */
export const features: readonly (keyof KernelFeatures)[] = ["refusals", "sysctl", "lsm", "faults"];

/** Returns whether text names a release: a modelled one, or any `X.Y`. */
export function isReleaseText(text: string): boolean {
  return isKernelRelease(text) || /^\d{1,4}\.\d{1,3}$/.test(text);
}

/** Reports a problem if the text is not the name of a release. */
export function readRelease(text: string, at: Position, reading: { problems: Problems }): void {
  if (isReleaseText(text)) return;
  const hint = suggestion(text, kernelReleases);
  reading.problems.add(at, `'${text}' is not a kernel release such as "6.12"`, hint);
}

/**
 * Returns a number that orders releases by age. Accepts releases without a model, and the text of
 * `uname -r`.
 */
export function ageOf(release: string): number {
  if (isKernelRelease(release)) return releaseCode(release);
  return linuxCode(release) ?? 0;
}

/** Returns the newest of several releases that is not newer than the kernel. */
export function newestFitting(releases: readonly string[], kernel: string): string | undefined {
  const fitting = releases.filter((release) => ageOf(release) <= ageOf(kernel));
  return fitting.sort((a, b) => ageOf(a) - ageOf(b)).at(-1);
}

/**
 * Returns the first requirement of `needs` that a kernel does not meet, as one sentence; undefined if it
 * meets all.
 */
export function unmetNeed(needs: Needs | undefined, kernel: Kernel): string | undefined {
  if (needs === undefined) return undefined;
  const unmet = firstUnmet(needs, kernel);
  return unmet !== undefined && needs.why !== undefined ? `${unmet}: ${needs.why}` : unmet;
}

function firstUnmet(needs: Needs, kernel: Kernel): string | undefined {
  const age = ageOf(kernel.release);
  if (needs.since !== undefined && age < ageOf(needs.since)) {
    return `needs Linux ${needs.since} or later, this is ${kernel.release}`;
  }
  if (needs.until !== undefined && age > ageOf(needs.until)) {
    return `applies only up to Linux ${needs.until}, this is ${kernel.release}`;
  }
  const missing = needs.features?.find((feature) => !kernel.features[feature]);
  return missing && `needs '${missing}', which the ${kernel.backend} backend does not have`;
}
