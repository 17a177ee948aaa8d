// SPDX-License-Identifier: MIT

async function digestHex(algorithm: string, bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest(algorithm, Uint8Array.from(bytes));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the sha256 of some bytes, in hex. */
export function sha256(bytes: Uint8Array): Promise<string> {
  return digestHex("SHA-256", bytes);
}

/** Returns git's object name of a file with these contents, in hex. */
export function gitBlob(bytes: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(`blob ${bytes.length}\0`);
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return digestHex("SHA-1", whole);
}
