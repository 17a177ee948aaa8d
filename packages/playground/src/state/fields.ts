// SPDX-License-Identifier: MIT
// The part of an address after "#", as fields.

/**
 * Splits `a=1&b=2` into its fields; the first of two equal names counts.
 *
 * @example
 * ```ts
 * parseFields("#release=6.12").get("release"); // "6.12"
 * ```
 */
export function parseFields(hash: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(at, 0));
    if (at > 0 && !fields.has(key)) fields.set(key, decode(part.slice(at + 1)));
  }
  return fields;
}

/** Formats fields as a hash without "#". */
export function formatFields(fields: Iterable<readonly [string, string]>): string {
  return [...fields].map(([key, value]) => `${key}=${encode(value)}`).join("&");
}

/** Escapes what a hash cannot hold. A colon stays, because masks are full of them. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replaceAll("%3A", ":");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
