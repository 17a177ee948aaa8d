// SPDX-License-Identifier: MIT
import { describe, type Node, type Problems } from "@bpf-token/scenario";
import { hexBytes } from "../packet/addresses.js";
import type { Layer } from "../packet/layers.js";
import { buildPacket } from "../packet/packet.js";
import type { Plain } from "../values.js";
import { frameOf } from "./pcap.js";

/** Returns the bytes of a file, by its path from the folder of the tests. Throws if it cannot. */
export type Files = (path: string) => Uint8Array;

/** Reads bytes: hexadecimal digits, or `{ file: PATH }`. */
export function readBytes(node: Node, files: Files, problems: Problems): Uint8Array {
  if (node.kind === "scalar" && node.value !== null) {
    const bytes = hexBytes(node.source);
    if (bytes !== undefined) return bytes;
  }
  const named =
    node.kind === "map" ? new Map(node.entries.map((one) => [one.key, one.value])) : null;
  const path = named?.get("file") ?? named?.get("pcap");
  if (named === null || path?.kind !== "scalar") {
    problems.add(
      node.at,
      `hexadecimal digits or { file: PATH } are expected, not ${describe(node)}`,
    );
    return new Uint8Array();
  }
  try {
    const bytes = files(path.source);
    return named.has("pcap") ? frameOf(bytes, numberOf(named.get("number"))) : bytes;
  } catch (error) {
    problems.add(path.at, `${path.source}: ${(error as Error).message}`);
    return new Uint8Array();
  }
}

/** Reads a packet: bytes, `{ pcap: PATH, number: N }`, or a list of headers. */
export function readPacket(node: Node, files: Files, problems: Problems): Uint8Array {
  if (node.kind !== "list") return readBytes(node, files, problems);
  const at: { layer: number | undefined } = { layer: undefined };
  try {
    const layers = node.items.map((item, i) => {
      at.layer = i;
      return layerOf(item, files, problems);
    });
    at.layer = undefined;
    return buildPacket(layers, at);
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    problems.add(node.items[at.layer ?? -1]?.at ?? node.at, error.message);
    return new Uint8Array();
  }
}

/** Packets that are captured have numbers from 1. */
const numberOf = (node: Node | undefined): number =>
  node?.kind === "scalar" ? Number(node.value) : 1;

function layerOf(node: Node, files: Files, problems: Problems): Layer {
  if (node.kind === "scalar" && node.value !== null) return { [node.source]: {} } as never;
  const [entry, ...more] = node.kind === "map" ? node.entries : [];
  if (entry === undefined || more.length > 0)
    throw new TypeError(`a layer is one header, such as { ipv4: {} }, not ${describe(node)}`);
  const { key, value } = entry;
  if (key === "payload")
    return {
      payload:
        value.kind === "scalar" ? String(value.value ?? "") : readBytes(value, files, problems),
    };
  if (key === "truncate") return { truncate: scalarOf(value) as number };
  if (key === "hex") return { payload: readBytes(value, files, problems) };
  const fields =
    value.kind === "map"
      ? value.entries.map((field) => [field.key, scalarOf(field.value)] as const)
      : [];
  return { [key]: Object.fromEntries(fields) } as never;
}

function scalarOf(node: Node): string | number | boolean | undefined {
  if (node.kind !== "scalar" || node.value === null) return undefined;
  return typeof node.value === "bigint" ? Number(node.value) : node.value;
}

/** The value of a node. Numbers that are not written as JavaScript writes them stay texts. */
export function plain(node: Node): Plain {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map")
    return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  const { value, source } = node;
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return isNumber && String(value) !== source ? source : value;
}
