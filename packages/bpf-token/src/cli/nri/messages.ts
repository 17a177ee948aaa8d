// SPDX-License-Identifier: MIT
import { bytesOf, numberOf, putBytes, putNumber, repeated, textOf } from "./wire.js";

/** The numbers of the fields that this plugin uses, by message and by name of the proto files. */
export const protoFields = {
  Request: { service: 1, method: 2, payload: 3, timeout_nano: 4 },
  Response: { status: 1, payload: 2 },
  RegisterPluginRequest: { plugin_name: 1, plugin_idx: 2 },
  ConfigureRequest: { runtime_name: 2, runtime_version: 3 },
  ConfigureResponse: { events: 2 },
  CreateContainerRequest: { pod: 1, container: 2 },
  CreateContainerResponse: { adjust: 1 },
  PodSandbox: { name: 2, namespace: 4, annotations: 6 },
  Container: { name: 3, annotations: 6, hooks: 10 },
  ContainerAdjustment: { annotations: 2, hooks: 5 },
  Hooks: { create_runtime: 2 },
  Hook: { path: 1, args: 2, timeout: 4 },
  OptionalInt: { value: 1 },
} as const;

/** The number of the event CREATE_CONTAINER. */
export const CREATE_CONTAINER = 4;

/** google.rpc.Status, which ttrpc uses for errors. */
const status = { code: 1, message: 2 };
/** An entry of a map. */
const entry = { key: 1, value: 2 };
/** Of NRI 0.7 and newer: a long list of containers arrives in parts, and each answer repeats the field. */
const more = { request: 3, response: 2 };

const HOUR_NS = 3_600_000_000_000;
const HOOK_SECONDS = 20;

/** Codes of gRPC. */
export const Code = { FAILED_PRECONDITION: 9, UNIMPLEMENTED: 12 } as const;

/** What the runtime asks the plugin. */
export interface Call {
  readonly method: string;
  readonly request: Uint8Array;
}

/** Reads a call of the runtime. */
export function readCall(message: Uint8Array): Call {
  const { method, payload } = protoFields.Request;
  return { method: textOf(message, method), request: bytesOf(message, payload) };
}

/** The error in an answer of the runtime; empty if it has none. */
export function readError(message: Uint8Array): string {
  const found = bytesOf(message, protoFields.Response.status);
  if (numberOf(found, status.code) === 0) return "";
  return textOf(found, status.message) || `error ${numberOf(found, status.code)}`;
}

/** Encodes the answer to a call. */
export function putAnswer(answer: Uint8Array): Buffer {
  return putBytes(protoFields.Response.payload, answer);
}

/** Encodes an error as the answer to a call. */
export function putError(code: number, message: string): Buffer {
  const { Response } = protoFields;
  return putBytes(Response.status, putNumber(status.code, code), putBytes(status.message, message));
}

/** Encodes the call with which a plugin registers. Runtimes call plugins in the order of their index. */
export function putRegister(name: string, index: string): Buffer {
  const { Request, RegisterPluginRequest: fields } = protoFields;
  return Buffer.concat([
    putBytes(Request.service, "nri.pkg.api.v1alpha1.Runtime"),
    putBytes(Request.method, "RegisterPlugin"),
    putBytes(
      Request.payload,
      putBytes(fields.plugin_name, name),
      putBytes(fields.plugin_idx, index),
    ),
    putNumber(Request.timeout_nano, HOUR_NS),
  ]);
}

/** The name and version of the runtime. */
export function readRuntime(request: Uint8Array): string {
  const { runtime_name, runtime_version } = protoFields.ConfigureRequest;
  return `${textOf(request, runtime_name)} ${textOf(request, runtime_version)}`.trim();
}

/** Encodes the answer to Configure: the events that the plugin wants. */
export function putEvents(event: number): Buffer {
  return putNumber(protoFields.ConfigureResponse.events, 1 << (event - 1));
}

/** Encodes the answer to Synchronize. */
export function putSynchronized(request: Uint8Array): Buffer {
  const parts = numberOf(request, more.request);
  return parts === 0 ? Buffer.alloc(0) : putNumber(more.response, parts);
}

/** A container that is being created. */
export interface NewContainer {
  /** Namespace and name of the pod, and the name of the container. */
  readonly name: string;
  readonly pod: ReadonlyMap<string, string>;
  readonly own: ReadonlyMap<string, string>;
  /** The programs of its createRuntime hooks. */
  readonly hooks: readonly string[];
}

/** Which annotations are for the hook. */
type IsOurs = (key: string) => boolean;

/** Reads CreateContainer: only annotations for the hook. */
export function readContainer(request: Uint8Array, isOurs: IsOurs): NewContainer {
  const { CreateContainerRequest, PodSandbox, Container, Hooks, Hook } = protoFields;
  const pod = bytesOf(request, CreateContainerRequest.pod);
  const container = bytesOf(request, CreateContainerRequest.container);
  const hooks = repeated(bytesOf(container, Container.hooks), Hooks.create_runtime);
  return {
    name: [
      textOf(pod, PodSandbox.namespace),
      textOf(pod, PodSandbox.name),
      textOf(container, Container.name),
    ].join("/"),
    pod: readMap(pod, PodSandbox.annotations, isOurs),
    own: readMap(container, Container.annotations, isOurs),
    hooks: [...hooks].map((hook) => textOf(hook, Hook.path)),
  };
}

function readMap(message: Uint8Array, number: number, isOurs: IsOurs): Map<string, string> {
  const found = new Map<string, string>();
  for (const item of repeated(message, number)) {
    const key = textOf(item, entry.key);
    if (isOurs(key)) found.set(key, textOf(item, entry.value));
  }
  return found;
}

/** Encodes the answer to CreateContainer: annotations for `config.json`, and a createRuntime hook. */
export function putAdjustment(
  annotations: readonly (readonly [string, string])[],
  hook: readonly [path: string, ...args: string[]] | undefined,
): Buffer {
  const { CreateContainerResponse, ContainerAdjustment, Hooks } = protoFields;
  return putBytes(
    CreateContainerResponse.adjust,
    ...annotations.map(([key, value]) =>
      putBytes(
        ContainerAdjustment.annotations,
        putBytes(entry.key, key),
        putBytes(entry.value, value),
      ),
    ),
    hook === undefined
      ? ""
      : putBytes(ContainerAdjustment.hooks, putBytes(Hooks.create_runtime, putHook(hook))),
  );
}

function putHook([path, ...args]: readonly [string, ...string[]]): Buffer {
  const { Hook, OptionalInt } = protoFields;
  return Buffer.concat([
    putBytes(Hook.path, path),
    ...args.map((arg) => putBytes(Hook.args, arg)),
    putBytes(Hook.timeout, putNumber(OptionalInt.value, HOOK_SECONDS)),
  ]);
}
