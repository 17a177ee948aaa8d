// SPDX-License-Identifier: MIT
import { type KernelRelease, releaseTable } from "./generated/releases.js";
import { nearest } from "./nearest.js";

/** The releases whose facts are known, oldest first. */
export const kernelReleases: readonly KernelRelease[] = /* @__PURE__ */ releaseTable.map(
  (r) => r.name,
);

const known: ReadonlySet<unknown> = /* @__PURE__ */ new Set(kernelReleases);

/**
 * Whether text names a release whose facts are known.
 *
 * @param text - as `6.12` or `v10-reviewed`; `6.12.3` is none, see {@link factsRelease}.
 */
export function isKernelRelease(text: unknown): text is KernelRelease {
  return known.has(text);
}

/**
 * The number by which releases compare by age: 1…3 for the states of the v10 series in order,
 * X · 1000 + Y for Linux X.Y.
 *
 * @throws RangeError for an unknown release; it names the nearest one.
 */
export function releaseCode(release: KernelRelease): number {
  return releaseRow(release).code;
}

/**
 * Bytes of the attribute union of bpf(2): what the kernel copies in at most (rule EN-09).
 *
 * @throws RangeError for an unknown release.
 */
export function attrUnionSize(release: KernelRelease): number {
  return releaseRow(release).attrSize;
}

/**
 * The facts that describe a running kernel: those of the newest release that is not newer than it.
 *
 * @param uname - the release as `uname -r` has it, `6.18.44-generic`; also a {@link KernelRelease}.
 * @throws RangeError for text that is no release, and for a Linux older than 6.9, which has no
 *   tokens.
 */
export function factsRelease(uname: string): KernelRelease {
  if (isKernelRelease(uname)) return uname;
  const m = /^(\d{1,4})\.(\d{1,3})(?![\d])/.exec(uname);
  if (m === null) throw new RangeError(`kernel release '${uname}' is not of the form X.Y`);
  const code = Number(m[1]) * 1000 + Number(m[2]);
  const fitting = releaseTable.filter((r) => r.code <= code && !r.name.startsWith("v"));
  const best = fitting.at(-1);
  if (best === undefined) {
    const [first, last] = ["6.9", kernelReleases.at(-1)];
    throw new RangeError(
      `kernel ${uname} has no BPF tokens; facts are known from ${first} to ${last}`,
    );
  }
  return best.name;
}

function releaseRow(release: KernelRelease): (typeof releaseTable)[number] {
  const row = releaseTable.find((r) => r.name === release);
  if (row !== undefined) return row;
  const hint = nearest(String(release), kernelReleases);
  const did = hint === undefined ? "" : `; did you mean '${hint}'?`;
  throw new RangeError(
    `kernel release '${release}' is unknown; known are ${kernelReleases.join(", ")}${did}`,
  );
}
