// SPDX-License-Identifier: MIT

/**
 * No C program is generated for a finding. The message says why.
 *
 * @example
 * ```ts
 * try {
 *   reproducerOf(request);
 * } catch (error) {
 *   if (error instanceof ReproducerRefused) console.error(error.message);
 * }
 * ```
 */
export class ReproducerRefused extends Error {
  override readonly name = "ReproducerRefused" as const;
}
