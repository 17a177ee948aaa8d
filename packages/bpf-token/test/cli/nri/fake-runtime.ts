// SPDX-License-Identifier: MIT
import { encodeMessage, FrameReader, PLUGIN, REQUEST } from "../../../src/cli/nri/frames.ts";
import { PluginSession, type PluginSettings } from "../../../src/cli/nri/plugin.ts";
import { bytesOf, numberOf, putBytes, repeated, textOf } from "../../../src/cli/nri/wire.ts";

/** Encodes what a runtime calls. */
export function putCall(method: string, request: Uint8Array): Buffer {
  const payload = Buffer.concat([
    putBytes(1, "nri.pkg.api.v1alpha1.Plugin"),
    putBytes(2, method),
    putBytes(3, request),
  ]);
  return encodeMessage({ connection: PLUGIN, stream: 1, type: REQUEST, payload });
}

/** Annotations as a map's entries; pairs may repeat a key. */
export type Pairs = readonly (readonly [string, string])[];

/** Encodes CreateContainer for a container of the pod default/packets. */
export function putCreate(pod: Pairs, own: Pairs = [], hooks: readonly string[] = []): Buffer {
  const map = (pairs: Pairs): readonly Buffer[] =>
    pairs.map(([key, value]) => putBytes(6, putBytes(1, key), putBytes(2, value)));
  const present = hooks.map((path) => putBytes(2, putBytes(1, path)));
  return Buffer.concat([
    putBytes(1, putBytes(2, "packets"), putBytes(4, "default"), ...map(pod)),
    putBytes(2, putBytes(3, "loader"), ...map(own), putBytes(10, ...present)),
  ]);
}

/** What the plugin answered. */
export interface Answer {
  /** The message of an error; empty without one. */
  readonly error: string;
  readonly annotations: Pairs;
  /** Path and arguments of the hooks, and their timeouts. */
  readonly hooks: readonly (readonly string[])[];
  readonly timeouts: readonly number[];
  readonly payload: Uint8Array;
}

/** Decodes an answer to CreateContainer. */
export function readAnswer(message: Uint8Array): Answer {
  const payload = bytesOf(message, 2);
  const adjust = bytesOf(payload, 1);
  const hooks = [...repeated(bytesOf(adjust, 5), 2)];
  return {
    error: textOf(bytesOf(message, 1), 2),
    annotations: [...repeated(adjust, 2)].map((item) => [textOf(item, 1), textOf(item, 2)]),
    hooks: hooks.map((hook) => [
      textOf(hook, 1),
      ...[...repeated(hook, 2)].map((arg) => Buffer.from(arg).toString()),
    ]),
    timeouts: hooks.map((hook) => numberOf(bytesOf(hook, 4), 1)),
    payload,
  };
}

/** Passes one call to a plugin, and returns its answer and the lines that it printed. */
export function call(
  settings: Omit<PluginSettings, "log">,
  method: string,
  request: Uint8Array,
): Answer & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const reader = new FrameReader();
  const answers: Uint8Array[] = [];
  const session = new PluginSession({ ...settings, log: (line) => lines.push(line) }, (bytes) => {
    for (const { payload } of reader.read(bytes)) answers.push(payload);
  });
  session.receive(putCall(method, request));
  const [answer = new Uint8Array()] = answers;
  return { ...readAnswer(answer), lines };
}
