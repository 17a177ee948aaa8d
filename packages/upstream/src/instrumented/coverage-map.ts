// SPDX-License-Identifier: MIT
import type { UpstreamFile } from "../build.js";
import { ByteReader } from "../byte-reader.js";
import { FunctionTexts } from "./function-text.js";
import { piecesOf } from "./wasm-object.js";

/** How often a region ran: a counter, the sum or the difference of two other counts, or never. */
export type Count =
  | { readonly kind: "never" }
  | { readonly kind: "counter"; readonly index: number }
  | { readonly kind: "sum" | "difference"; readonly expression: number };

/**
 * A source range from its first character to the one after its last. Lines and columns start at 1.
 */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Code that always runs together. */
export interface CodeRegion extends Span {
  readonly count: Count;
  /** Whether the region only covers the gap between two statements. */
  readonly gap: boolean;
}

/** A condition, with the counts of true and false. */
export interface BranchRegion extends Span {
  readonly taken: Count;
  readonly notTaken: Count;
}

/** Clang's coverage map of one function, restricted to code in the file itself. */
export interface FunctionMap {
  /** Identifies the function's counters: a part of the MD5 of its name, in hex. */
  readonly hash: string;
  /** The name of the function; empty if its text does not show it, or if it is in a header. */
  readonly name: string;
  /** The line of its name. */
  readonly line: number;
  /** A hash of each line from there on; 0 for a line without code. */
  readonly source: readonly number[];
  readonly expressions: readonly (readonly [Count, Count])[];
  readonly code: readonly CodeRegion[];
  readonly branches: readonly BranchRegion[];
}

/** A function as the object describes it. */
type BareFunction = Omit<FunctionMap, "name" | "line" | "source">;

/** Clang's coverage map of a file. */
export interface CoverageMap {
  /** Path in a kernel tree. */
  readonly path: string;
  readonly functions: readonly FunctionMap[];
}

/** Flags that make clang insert counters and emit the coverage map. */
export const coverageFlags: readonly string[] = ["-fprofile-instr-generate", "-fcoverage-mapping"];

/** Numbers of the region kinds in the format. */
const SKIPPED = 2;
const GAP = 3;
const BRANCH = 4;
/** Set in the end column of a gap region. */
const GAP_BIT = 2 ** 31;

/**
 * Reads the coverage map from the object of a file that was compiled with {@link coverageFlags}.
 * Supports versions 6 and 7 of LLVM's format, which clang 13 and newer emit.
 *
 * @param file - the compiled file, with the path that the compiler received.
 */
export async function coverageMap(object: Uint8Array, file: UpstreamFile): Promise<CoverageMap> {
  const { path } = file;
  const pieces = piecesOf(object);
  const [header] = pieces.get("__llvm_covmap") ?? [];
  const names = header === undefined ? [] : await fileNames(header);
  const bare = (pieces.get("__llvm_covfun") ?? []).flatMap((piece) =>
    records(piece).map(({ hash, data }) => functionMap(hash, data, names, path)),
  );
  const texts = new FunctionTexts(file.bytes);
  const functions = bare.map((one): FunctionMap => {
    const [body] = one.code;
    return { ...one, ...(body === undefined ? { name: "", line: 0, source: [] } : texts.at(body)) };
  });
  return { path, functions };
}

async function fileNames(piece: Uint8Array): Promise<readonly string[]> {
  const reader = new ByteReader(piece);
  reader.u32();
  const length = reader.u32();
  reader.u32();
  reader.u32(); // version
  const encoded = new ByteReader(reader.take(length));
  const count = encoded.uleb();
  encoded.uleb();
  const packed = encoded.uleb();
  const list = new ByteReader(packed === 0 ? encoded.rest() : await inflated(encoded.take(packed)));
  return Array.from({ length: count }, () => list.text(list.uleb()));
}

async function inflated(bytes: Uint8Array): Promise<Uint8Array> {
  const plain = new Blob([Uint8Array.from(bytes)])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

function records(
  piece: Uint8Array,
): readonly { readonly hash: string; readonly data: Uint8Array }[] {
  const reader = new ByteReader(piece);
  const found: { hash: string; data: Uint8Array }[] = [];
  while (!reader.done) {
    const hash = reader.u64().toString(16).padStart(16, "0");
    const length = reader.u32();
    reader.u64(); // hash of the function's structure
    reader.u64(); // hash of the file names
    found.push({ hash, data: reader.take(length) });
    reader.align(8);
  }
  return found;
}

function functionMap(
  hash: string,
  data: Uint8Array,
  names: readonly string[],
  path: string,
): BareFunction {
  const reader = new ByteReader(data);
  const files = Array.from({ length: reader.uleb() }, () => names[reader.uleb()] ?? "");
  const expressions = Array.from(
    { length: reader.uleb() },
    () => [countOf(reader.uleb()), countOf(reader.uleb())] as const,
  );
  const code: CodeRegion[] = [];
  const branches: BranchRegion[] = [];
  for (const file of files) {
    const wanted = file === path || file.endsWith(`/${path}`);
    let line = 0;
    for (let left = reader.uleb(); left > 0; left--) {
      const region = readRegion(reader, line);
      line = region.line;
      if (!wanted) continue;
      const { line: from, column, endLine, endColumn, count, kind } = region;
      const span = { line: from, column, endLine, endColumn };
      if (kind === BRANCH && region.other !== undefined) {
        branches.push({ ...span, taken: count, notTaken: region.other });
      } else if (kind === 0 || kind === GAP) code.push({ ...span, count, gap: kind === GAP });
    }
  }
  return { hash, expressions, code, branches };
}

/** Reads a region of any kind. Regions of macro expansions count as code. */
function readRegion(
  reader: ByteReader,
  before: number,
): Span & { readonly kind: number; readonly count: Count; readonly other?: Count } {
  const head = reader.uleb();
  let kind = 0;
  let count = countOf(head);
  let other: Count | undefined;
  if ((head & 3) === 0) {
    // A macro expansion: the region in the macro has the count.
    if ((head & 4) !== 0) kind = SKIPPED;
    else kind = head >>> 3;
    if (kind === BRANCH) {
      count = countOf(reader.uleb());
      other = countOf(reader.uleb());
    } else if (kind > BRANCH) {
      throw new RangeError(`coverage regions of kind ${kind} are not supported`);
    }
  }
  const line = before + reader.uleb();
  const column = reader.uleb();
  const endLine = line + reader.uleb();
  let endColumn = reader.uleb();
  if (endColumn >= GAP_BIT) {
    endColumn -= GAP_BIT;
    kind = GAP;
  }
  const span = { line, column, endLine, endColumn };
  return other === undefined ? { ...span, kind, count } : { ...span, kind, count, other };
}

function countOf(encoded: number): Count {
  const index = Math.floor(encoded / 4);
  switch (encoded % 4) {
    case 1:
      return { kind: "counter", index };
    case 2:
      return { kind: "difference", expression: index };
    case 3:
      return { kind: "sum", expression: index };
    default:
      return { kind: "never" };
  }
}
