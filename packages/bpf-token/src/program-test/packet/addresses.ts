// SPDX-License-Identifier: MIT

/** Parses a MAC, IPv4 or IPv6 address to its bytes in network order; undefined for other texts. */
export function addressBytes(text: string): Uint8Array | undefined {
  return ipv4Bytes(text) ?? macBytes(text) ?? ipv6Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part <= 255) ? Uint8Array.from(parts) : undefined;
}

function macBytes(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  if (text.length > 45 || !/^[0-9a-f:.]*$/i.test(text) || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  const zeros = 16 - head.length - (tail?.length ?? 0);
  if (zeros < 2) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(zeros).fill(0), ...(tail ?? [])]);
}

/** The bytes of groups of an IPv6 address, of which the last may be an IPv4 address. */
function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1 ? ipv4Bytes(part) : undefined;
    if (last !== undefined) bytes.push(...last);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 0xff);
    } else return undefined;
  }
  return bytes;
}

/**
 * Parses `htons(53)` and `htonl(53)` to bytes in network order; undefined for other texts.
 *
 * @throws RangeError for a number that does not fit.
 */
export function networkBytes(text: string): Uint8Array | undefined {
  const [, letter, digits = ""] = /^hton([sl])\((0x[0-9a-fA-F]{1,8}|\d{1,10})\)$/.exec(text) ?? [];
  if (letter === undefined) return undefined;
  const size = letter === "s" ? 2 : 4;
  const number = Number(digits);
  const most = 2 ** (8 * size) - 1;
  if (number > most) throw new RangeError(`hton${letter} takes 0 to ${most}, not ${digits}`);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes.slice(4 - size);
}

/** Parses hexadecimal digits, with or without `0x`, spaces and colons; undefined for other texts. */
export function hexBytes(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, "").replaceAll(/[\s:]/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}
