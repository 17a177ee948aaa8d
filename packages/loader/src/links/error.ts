// SPDX-License-Identifier: MIT
import { errnoName } from "@bpf-token/uapi";

/**
 * {@link attach} cannot attach a program: an option is missing, or the program type has no links.
 *
 * @example
 * ```ts
 * try {
 *   attach(program);
 * } catch (error) {
 *   if (error instanceof AttachError) console.error(error.program, error.reason);
 * }
 * ```
 */
export class AttachError extends Error {
  override readonly name = "AttachError" as const;
  /** The program's name. */
  readonly program: string;
  /** The reason, in one line. */
  readonly reason: string;

  constructor(program: string, reason: string) {
    super(`cannot attach program ${program}: ${reason}`);
    this.program = program;
    this.reason = reason;
  }

  /** @internal The attach target cannot be opened. */
  static unopened(program: string, path: string, ret: number): AttachError {
    return new AttachError(program, `cannot open '${path}': ${errnoName(ret) ?? ret}`);
  }
}
