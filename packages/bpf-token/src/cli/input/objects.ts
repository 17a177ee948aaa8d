// SPDX-License-Identifier: MIT
import { ObjectFormatError, type ObjectSpec, parseObject } from "@bpf-token/object";
import { type PolicyLoader, policyLoaders } from "../../policy/loaders.js";
import { oneOf, UsageError } from "../usage.js";
import { readInputFile } from "./files.js";
import { throwMalformed } from "./malformed.js";

/** @throws UsageError for an unknown loader, or one that uses no tokens. */
export function loaderOf(name: string): PolicyLoader {
  if (name === "aya") {
    throw new UsageError(
      "aya uses no tokens (September 2026), so no delegation helps it; load with another loader",
    );
  }
  if (name === "plain") return "bpf-token";
  return oneOf("loader", name, Object.keys(policyLoaders) as PolicyLoader[]);
}

/** Reads an object of the command line. */
export async function readObject(file: string): Promise<ObjectSpec> {
  const bytes = await readInputFile(file);
  try {
    return parseObject(bytes, { name: file });
  } catch (error) {
    if (error instanceof ObjectFormatError) throwMalformed(file, error);
    throw error;
  }
}
