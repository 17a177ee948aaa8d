// SPDX-License-Identifier: MIT
import type { ModuleOrigin } from "@bpf-token/kernel-wasm";
import { isKernelRelease } from "@bpf-token/uapi";

/** What a name of the store stands for. */
export interface Entry {
  readonly key: string;
  readonly source: string;
  readonly origin: ModuleOrigin;
  readonly compiler: string;
  readonly size: number;
  readonly sdk: string;
}

/**
 * An entry of the store cannot be used. Another program or user may have written it.
 *
 * @example
 * ```ts
 * try {
 *   store.module("mine");
 * } catch (error) {
 *   if (error instanceof StoreError) console.error(error.entry, error.message);
 * }
 * ```
 */
export class StoreError extends Error {
  override readonly name = "StoreError" as const;
  /** The name of the module or file. */
  readonly entry: string;

  constructor(entry: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.entry = entry;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The keys are names of files, so nothing else may get into a path. */
const KEY = /^[0-9a-f]{32}$/;
const isText = (value: unknown): boolean => typeof value === "string";
const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

const fields: Readonly<Record<string, (value: unknown) => boolean>> = {
  key: (value) => isText(value) && KEY.test(String(value)),
  source: isText,
  compiler: isText,
  sdk: isText,
  size: isSize,
  origin: (value) => isFields(value) && isOrigin(value),
};

function isOrigin({ release, revision, files }: Fields): boolean {
  if (typeof release !== "string" || !isKernelRelease(release)) return false;
  if (revision !== undefined && !isText(revision)) return false;
  return Array.isArray(files) && files.every((file) => isFields(file) && isOriginFile(file));
}

function isOriginFile({ path, sha256, size, uses }: Fields): boolean {
  return (
    isText(path) && isText(sha256) && isSize(size) && Array.isArray(uses) && uses.every(isText)
  );
}

/** Parses an entry; returns the name of its first wrong field if it is malformed. */
export function parseEntry(text: string): Entry | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (!isFields(value)) return "it is not an object";
  const object = value;
  const wrong = Object.keys(fields).find((name) => fields[name]?.(object[name]) !== true);
  return wrong === undefined ? (object as unknown as Entry) : `its field '${wrong}' is not valid`;
}
