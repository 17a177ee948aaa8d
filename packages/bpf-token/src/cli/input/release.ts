// SPDX-License-Identifier: MIT
import {
  factsRelease,
  isKernelRelease,
  type KernelRelease,
  kernelReleases,
  nearest,
} from "@bpf-token/uapi/names";
import type { ProgramIo } from "../command.js";
import { UsageError } from "../usage.js";

/**
 * Reads a release that the model should follow. A release between two modelled ones stands for the
 * older of them; a line on standard error says so.
 *
 * @throws UsageError for a Linux without tokens, one newer than the model, and other text.
 */
export function readRelease(text: string, { stderr }: Pick<ProgramIo, "stderr">): KernelRelease {
  if (isKernelRelease(text)) return text;
  const release = modelledBelow(text);
  stderr.write(
    `bpf-token: Linux ${text} is not modelled by itself; using ${release}, the nearest modelled release below\n`,
  );
  return release;
}

function modelledBelow(text: string): KernelRelease {
  const numbers = /^(\d{1,3})\.(\d{1,3})(?:\.\d{1,3})?$/.exec(text);
  if (numbers === null) throw unknown(text, guess(text));
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  if (isBelow([major, minor], OLDEST)) throw unknown(text, ": BPF tokens came with Linux 6.9");
  if (isBelow(numbersOf(newest), [major, minor])) {
    throw unknown(text, `: ${newest} is the newest that is modelled${guess(text)}`);
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
  const known = `there are: ${kernelReleases.join(", ")}`;
  const between = `a number between 6.9 and ${newest} stands for the nearest of them below`;
  return new UsageError(`unknown release '${text}'${why} (${known}; ${between})`);
}
