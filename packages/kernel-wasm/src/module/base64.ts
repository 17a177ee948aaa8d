// SPDX-License-Identifier: GPL-2.0-only

/**
 * Decoders that some engines have. Without them decoding takes half of the first kernel's start.
 */
interface Decoders {
  readonly Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
}

/** Decodes base64 with the fastest decoder of the engine. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { Uint8Array: bytes, Buffer: buffer } = globalThis as unknown as Decoders;
  if (bytes.fromBase64 !== undefined) return bytes.fromBase64(text);
  return buffer?.from(text, "base64") ?? decodeByHand(text);
}

/** The fallback for engines without a decoder. */
export function decodeByHand(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
