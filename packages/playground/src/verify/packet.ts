// SPDX-License-Identifier: MIT
// Packets as text.

/**
 * Parses hexadecimal digits; undefined if they are no whole bytes.
 *
 * @example
 * ```ts
 * parseBytes("ff 00"); // Uint8Array [255, 0]
 * ```
 */
export function parseBytes(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/[\s:]/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Formats bytes as rows of 16. */
export function formatBytes(bytes: Uint8Array): readonly string[] {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = Array.from(bytes.subarray(at, at + 16), (byte) =>
      byte.toString(16).padStart(2, "0"),
    );
    rows.push(row.join(" "));
  }
  return rows;
}
