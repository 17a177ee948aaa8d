// SPDX-License-Identifier: MIT

/**
 * The bytes of an object are malformed. This is the only error that the parsing functions throw for
 * malformed input.
 *
 * @example
 * ```ts
 * try {
 *   parseObject(bytes);
 * } catch (error) {
 *   if (error instanceof ObjectFormatError) console.error(error.section, error.reason);
 * }
 * ```
 */
export class ObjectFormatError extends Error {
  override readonly name = "ObjectFormatError";
  /** The section with the malformed bytes; `ELF header` for bytes outside all sections. */
  readonly section: string;
  /** Offset in the section, in bytes. */
  readonly offset: number;
  /** What is malformed, in one line. */
  readonly reason: string;

  constructor(section: string, offset: number, reason: string) {
    super(`${section}+0x${offset.toString(16)}: ${reason}`);
    this.section = section;
    this.offset = offset;
    this.reason = reason;
  }
}
