// SPDX-License-Identifier: MIT
import { type KernelRelease, releaseTable } from "./generated/releases.js";
import { isLinux, linuxCode } from "./linux-code.js";
import { nearest } from "./nearest.js";

/**
 * The kernel releases that this package knows, oldest first.
 *
 * @example
 * ```ts
 * for (const release of kernelReleases) console.log(release, attrUnionSize(release));
 * ```
 */
export const kernelReleases: readonly KernelRelease[] = /* @__PURE__ */ releaseTable.map(
  (r) => r.name,
);

const known: ReadonlySet<unknown> = /* @__PURE__ */ new Set(kernelReleases);

/**
 * Whether a value names a kernel release that this package knows.
 *
 * @param text - for example `6.12` or `v10-reviewed`. `6.12.3` is not a release here; see
 *   {@link factsRelease}.
 * @example
 * ```ts
 * isKernelRelease("6.12"); // true
 * isKernelRelease("6.12.3"); // false
 * ```
 */
export function isKernelRelease(text: unknown): text is KernelRelease {
  return known.has(text);
}

/** Any Linux release from 6.9 to the newest modelled one, or a state of the v10 patch series. */
export type LinuxRelease = KernelRelease | `${number}.${number}`;

/**
 * Returns a number that orders releases by age: 1 to 3 for the states of the v10 patch series,
 * X · 1000 + Y for Linux X.Y.
 *
 * @throws RangeError for a release before 6.9 or after the newest known one, and for other text.
 * @example
 * ```ts
 * releaseCode("6.12"); // 6012
 * releaseCode("6.11"); // 6011
 * ```
 */
export function releaseCode(release: LinuxRelease): number {
  const { name, code } = releaseRow(release);
  return name === release ? code : (linuxCode(release) ?? code);
}

/**
 * Returns the size of `union bpf_attr` in bytes. The kernel copies at most this many bytes
 * (rule EN-09).
 *
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * attrUnionSize("6.12"); // 152
 * ```
 */
export function attrUnionSize(release: LinuxRelease): number {
  return releaseRow(release).attrSize;
}

/**
 * Returns the release whose facts describe a running kernel: the newest known release that is not
 * newer than the kernel.
 *
 * @param uname - output of `uname -r`, such as `6.18.44-generic`, or a {@link KernelRelease}.
 * @throws RangeError for text that is not a release, and for Linux before 6.9, which has no tokens.
 * @example
 * ```ts
 * factsRelease("6.12.3-amd64"); // "6.12"
 * ```
 */
export function factsRelease(uname: string): KernelRelease {
  if (isKernelRelease(uname)) return uname;
  const code = linuxCode(uname);
  if (code === undefined) throw new RangeError(`kernel release '${uname}' is not of the form X.Y`);
  const best = newestUpTo(code);
  if (best === undefined) {
    const [first, last] = ["6.9", kernelReleases.at(-1)];
    throw new RangeError(
      `kernel ${uname} has no BPF tokens; facts are known from ${first} to ${last}`,
    );
  }
  return best.name;
}

type ReleaseRow = (typeof releaseTable)[number];

function newestUpTo(code: number): ReleaseRow | undefined {
  return releaseTable.filter((r) => r.code <= code && !r.name.startsWith("v")).at(-1);
}

function releaseRow(release: LinuxRelease): ReleaseRow {
  const row = releaseTable.find((r) => r.name === release);
  if (row !== undefined) return row;
  const code = linuxCode(release);
  const newest = releaseTable.at(-1)?.code ?? 0;
  const older =
    code === undefined || code > newest || !isLinux(code) ? undefined : newestUpTo(code);
  if (older !== undefined) return older;
  const hint = nearest(String(release), kernelReleases);
  const did = hint === undefined ? "" : `; did you mean '${hint}'?`;
  throw new RangeError(
    `kernel release '${release}' is unknown; known are ${kernelReleases.join(", ")}${did}`,
  );
}
