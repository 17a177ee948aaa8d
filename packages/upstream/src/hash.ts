// SPDX-License-Identifier: MIT

async function digestHex(algorithm: string, bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest(algorithm, Uint8Array.from(bytes));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The sha256 of some bytes, in hex. */
export function sha256(bytes: Uint8Array): Promise<string> {
  return digestHex("SHA-256", bytes);
}

/** The name that git has for a file of this content, in hex. */
export function gitBlob(bytes: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(`blob ${bytes.length}\0`);
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return digestHex("SHA-1", whole);
}
