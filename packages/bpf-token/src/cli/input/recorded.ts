// SPDX-License-Identifier: MIT
import type { RecordedCalls } from "@bpf-token/diagnose";
import { FindingError } from "../usage.js";
import { chunksOf } from "./chunks.js";

/**
 * Reads the bpf() calls of a recording or of a log of strace, of any size; `-` is standard input.
 *
 * @throws UsageError if the file cannot be read, FindingError if a line is invalid.
 */
export async function readRecordedCalls(file: string): Promise<RecordedCalls> {
  const { RecordedCallReader, RecordingError } = await import("@bpf-token/diagnose");
  const reader = new RecordedCallReader();
  const decoder = new TextDecoder();
  try {
    for await (const chunk of chunksOf(file)) reader.push(decoder.decode(chunk, { stream: true }));
    return reader.finish();
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    throw new FindingError(`${file === "-" ? "standard input" : file}: ${error.message}`);
  }
}
