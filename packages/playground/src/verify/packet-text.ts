// SPDX-License-Identifier: MIT
// The packet that a visitor writes: hexadecimal digits, or headers as in a file of tests.
import { ScenarioError } from "@bpf-token/scenario";
import { readTestFile } from "bpf-token/test";
import { parseBytes } from "./packet.js";

/** A text is no packet. The message says why, and what to write. */
export class PacketTextError extends Error {}

/** No packet that a kernel accepts has a longer text. */
const MOST_CHARACTERS = 400_000;
const EXAMPLE = "'eth, ipv4, udp'";

/**
 * Reads a packet.
 *
 * @throws PacketTextError with the cause.
 * @example
 * ```ts
 * readPacketText("eth, { ipv4: { ttl: 1 } }, udp").length; // 42
 * ```
 */
export function readPacketText(text: string): Uint8Array {
  const trimmed = text.trim();
  if (trimmed === "")
    throw new PacketTextError(
      `the packet is empty. Write hexadecimal digits, or headers such as ${EXAMPLE}`,
    );
  if (trimmed.length > MOST_CHARACTERS)
    throw new PacketTextError(
      `the packet has ${trimmed.length} characters. Write at most ${MOST_CHARACTERS}`,
    );
  const digits = trimmed.replace(/^0x/i, "").replaceAll(/[\s:]/g, "");
  return /^[0-9a-f]*$/i.test(digits) ? bytesOf(digits) : headersOf(trimmed);
}

function bytesOf(digits: string): Uint8Array {
  const bytes = parseBytes(digits);
  if (bytes !== undefined) return bytes;
  throw new PacketTextError(
    `the packet has ${digits.length} hexadecimal digits, which is an odd number. Write two digits for each byte`,
  );
}

/** Reads headers with the reader of test files, so that both have the same format. */
function headersOf(text: string): Uint8Array {
  const list = /^(\[|-\s)/.test(text) ? text : `[\n${text}\n]`;
  const lines = list.split(/\r\n|\r|\n/).map((line) => `      ${line}`);
  const head = ["object: x", "tests:", "  - name: x", "    program: x", "    packet:"];
  try {
    const file = readTestFile([...head, ...lines].join("\n"), "packet", noFile);
    return file.tests[0]?.steps[0]?.packet ?? new Uint8Array();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new PacketTextError(
      `the packet is neither hexadecimal digits nor a list of headers: ${error.all[0]?.text}. Write headers such as ${EXAMPLE}`,
    );
  }
}

function noFile(): never {
  throw new Error("a page reads no files. Write the bytes as hexadecimal digits");
}
