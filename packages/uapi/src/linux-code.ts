// SPDX-License-Identifier: MIT

/**
 * Returns X · 1000 + Y for text that begins with X.Y, such as the output of `uname -r`; undefined for
 * other text. Every other place of this repository gets the number from here.
 *
 * @example
 * ```ts
 * linuxCode("6.12.3-amd64"); // 6012
 * ```
 */
export function linuxCode(text: string): number | undefined {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,3})(?!\d)/.exec(text) ?? [];
  return major === undefined ? undefined : Number(major) * 1000 + Number(minor);
}

/** Whether there is a Linux release with this number: 7.0 follows 6.19. */
export const isLinux = (code: number): boolean => code <= 6019 || code >= 7000;
