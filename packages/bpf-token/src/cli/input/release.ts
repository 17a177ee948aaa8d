// SPDX-License-Identifier: MIT
import {
  factsRelease,
  isKernelRelease,
  type KernelRelease,
  kernelReleases,
  nearest,
} from "@bpf-token/uapi/names";
import type { CommandIo } from "../command.js";
import { UsageError } from "../usage.js";

/**
 * Parses the release of a model. For a release between two modelled ones, uses the older one and
 * prints a note on standard error.
 *
 * @throws UsageError for a release before 6.9, one newer than the newest model, and other text.
 */
export function readRelease(text: string, { stderr }: Pick<CommandIo, "stderr">): KernelRelease {
  if (isKernelRelease(text)) return text;
  const release = modelledBelow(text);
  stderr.line(
    `bpf-token: there is no model of Linux ${text}; using ${release}, the nearest older one`,
  );
  return release;
}

function modelledBelow(text: string): KernelRelease {
  const numbers = /^(\d{1,3})\.(\d{1,3})(?:\.\d{1,3})?$/.exec(text);
  if (numbers === null) throw unknown(text, guess(text));
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  if (isBelow([major, minor], OLDEST)) throw unknown(text, ": Linux has BPF tokens since 6.9");
  if (isBelow(numbersOf(newest), [major, minor])) {
    throw unknown(text, `: the newest model is ${newest}${guess(text)}`);
  }
  return factsRelease(text);
}

const OLDEST = [6, 9] as const;
const newest = kernelReleases.at(-1) as KernelRelease;

function numbersOf(release: KernelRelease): readonly [number, number] {
  const [major, minor] = release.split(".").map(Number);
  return [major as number, minor as number];
}

function isBelow(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function guess(text: string): string {
  const hint = nearest(text, kernelReleases);
  return hint === undefined ? "" : `; did you mean '${hint}'?`;
}

function unknown(text: string, why: string): UsageError {
  const known = `known: ${kernelReleases.join(", ")}`;
  const between = `any release from 6.9 to ${newest} selects the nearest older one`;
  return new UsageError(`unknown release '${text}'${why} (${known}; ${between})`);
}
