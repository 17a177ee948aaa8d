// SPDX-License-Identifier: MIT

/** What is wrong with the bytes of an object, and where. The only error that this package throws. */
export class ObjectFormatError extends Error {
  override readonly name = "ObjectFormatError";
  /** The section that holds the bytes, `ELF header` for what belongs to none. */
  readonly section: string;
  /** Where in the section, in bytes. */
  readonly offset: number;
  /** What is wrong, in one line. */
  readonly reason: string;

  constructor(section: string, offset: number, reason: string) {
    super(`${section}+0x${offset.toString(16)}: ${reason}`);
    this.section = section;
    this.offset = offset;
    this.reason = reason;
  }
}
