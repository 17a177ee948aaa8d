// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ModuleOrigin } from "@bpf-token/kernel-wasm";
import { loadSdk } from "@bpf-token/kernel-wasm/sdk";
import type { KernelRelease } from "@bpf-token/uapi";
import { buildUpstream, deferRejection, type UpstreamFile } from "../build.js";
import type { WasmCompiler } from "../compiler.js";
import { CompileError, type Diagnostic } from "../errors.js";
import { buildExits, buildSequences } from "../instrumented/build.js";
import type { CoverageMap } from "../instrumented/coverage-map.js";
import { type Entry, parseEntry, StoreError } from "./store-entry.js";
import { damaged, foreign, NAME_FILE, nameFile, StoreFiles } from "./store-files.js";

/** A stored module with a name. */
export interface StoredModule {
  readonly name: string;
  /** The source as the user named it. */
  readonly source: string;
  readonly origin: ModuleOrigin;
  /** The compiler that built it. */
  readonly compiler: string;
  /** The size of the module in bytes. */
  readonly size: number;
  /** Whether the SDK of the installed packages is the one that it was built with. */
  readonly current: boolean;
}

/** A module to build and its name. */
export interface StoreRequest {
  readonly name: string;
  readonly source: string;
  readonly files: readonly UpstreamFile[];
  readonly release: KernelRelease;
  readonly compiler: WasmCompiler;
}

/** The result of {@link UpstreamStore.build}. */
export interface Stored extends StoredModule {
  /** Whether an identical build was already stored. */
  readonly cached: boolean;
  readonly warnings: readonly Diagnostic[];
}

/** A stored module that runs call sequences; see `@bpf-token/upstream/instrumented`. */
export interface StoredSequences {
  readonly module: WebAssembly.Module;
  /** The coverage map of each upstream file. */
  readonly coverage: readonly CoverageMap[];
}

/** Increment it when the stored files change for the same source, compiler and SDK. */
const RECIPE = 5;

async function recipe(): Promise<string> {
  return `${(await loadSdk()).id}.${RECIPE}`;
}

/**
 * The valid module names. A name appears in `upstream:NAME@RELEASE`.
 *
 * @example
 * ```ts
 * namePattern.test("my-token.c"); // true
 * namePattern.test("../mine"); // false
 * ```
 */
export const namePattern: RegExp = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * Returns the folder of the store: BPF_TOKEN_UPSTREAM, or a folder in the user's cache. It is never
 * inside a project.
 *
 * @example
 * ```ts
 * storeFolder({ BPF_TOKEN_UPSTREAM: "/srv/modules" }); // "/srv/modules"
 * ```
 */
export function storeFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.BPF_TOKEN_UPSTREAM) return env.BPF_TOKEN_UPSTREAM;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "bpf-token", "upstream");
}

/**
 * Stores modules by name, with a key that covers all inputs of the build. It does not store the
 * upstream source itself.
 *
 * @example
 * ```ts
 * const store = new UpstreamStore();
 * await store.build({ name: "mine", source, files, release: "6.12", compiler });
 * const kernel = createKernel({ module: store.module("mine") });
 * ```
 */
export class UpstreamStore {
  readonly #folder: string;
  readonly #files: StoreFiles;

  constructor(folder: string = storeFolder()) {
    this.#folder = folder;
    this.#files = new StoreFiles(folder);
  }

  /**
   * Builds a module, unless an identical one is stored, and assigns the name to it.
   *
   * @throws the errors of {@link buildUpstream}; RangeError for an invalid name; StoreError if the
   *   folder cannot be written.
   */
  async build(request: StoreRequest): Promise<Stored> {
    const { name, source, files, release, compiler } = request;
    if (!namePattern.test(name)) {
      throw new RangeError(
        `'${name}' is not a valid name. Fix: use letters, digits, '.', '_' and '-'`,
      );
    }
    const sdk = await recipe();
    const key = keyOf([sdk, compiler.id, release], files);
    const known = this.#meta(key);
    const entry = { source, compiler: compiler.id, sdk, key };
    if (known !== undefined) {
      const stored = { ...entry, origin: known.origin, size: known.size };
      this.#files.write(nameFile(name), JSON.stringify(stored));
      return { ...this.#storedModule(name, stored, sdk), cached: true, warnings: known.warnings };
    }
    // A native compiler builds in parallel. If several builds fail, report the error of the plain
    // module.
    const plain = buildUpstream(files, { release, compiler });
    const sequencesBuild = deferRejection(buildSequences(files, { release, compiler }));
    const exitsBuild = deferRejection(
      unlessRefused(() => buildExits(files, { release, compiler })),
    );
    // If one build fails, the compilers of the others may still run.
    await Promise.allSettled([plain, sequencesBuild, exitsBuild]);
    const { wasm, origin, warnings } = await plain;
    const [sequences, exits] = [await sequencesBuild, await exitsBuild];
    if (exits !== undefined) this.#files.write(`${key}.exits.wasm`, exits);
    const meta: Meta = { origin, size: wasm.length, warnings };
    this.#files.write(`${key}.sequences.wasm`, sequences.wasm);
    this.#files.write(`${key}.coverage.json`, JSON.stringify(sequences.coverage));
    this.#files.write(`${key}.wasm`, wasm);
    this.#files.write(`${key}.json`, JSON.stringify(meta));
    const stored = { ...entry, origin, size: wasm.length };
    this.#files.write(nameFile(name), JSON.stringify(stored));
    return { ...this.#storedModule(name, stored, sdk), cached: false, warnings };
  }

  /** Returns all named modules, sorted by name. Malformed entries are in {@link problems}. */
  async list(): Promise<readonly StoredModule[]> {
    const sdk = await recipe();
    return this.#all().flatMap(({ name, entry }) =>
      entry instanceof StoreError ? [] : [this.#storedModule(name, entry, sdk)],
    );
  }

  /** Returns an error for each malformed or foreign entry. Such an entry is never used. */
  problems(): readonly StoreError[] {
    return this.#all().flatMap(({ entry }) => (entry instanceof StoreError ? [entry] : []));
  }

  /**
   * Returns the compiled module with this name; undefined if there is none.
   *
   * @throws StoreError if its entry or its file is malformed.
   */
  module(name: string): WebAssembly.Module | undefined {
    return this.#compiled(name, "wasm");
  }

  /**
   * Returns the variant that records exits; undefined if there is none or it could not be built.
   */
  exits(name: string): WebAssembly.Module | undefined {
    return this.#compiled(name, "exits.wasm");
  }

  #compiled(name: string, end: string): WebAssembly.Module | undefined {
    const entry = this.#entry(name);
    return entry && this.#files.module(name, `${entry.key}.${end}`);
  }

  /**
   * Returns the variant that runs call sequences, with its coverage; undefined if there is none.
   */
  sequences(name: string): StoredSequences | undefined {
    const entry = this.#entry(name);
    if (entry === undefined) return undefined;
    const coverage = this.#files.json(`${entry.key}.coverage.json`) as
      | readonly CoverageMap[]
      | undefined;
    const module = this.#files.module(name, `${entry.key}.sequences.wasm`);
    return coverage && module && { module, coverage };
  }

  /**
   * Returns the model's variant that runs call sequences, without upstream source. It is linked
   * once per version of the packages and stored.
   *
   * @param compiler - returns a compiler; called only if the module is not stored yet.
   */
  async model(compiler: () => Promise<WasmCompiler>): Promise<StoredSequences> {
    const file = `model-${await recipe()}.sequences.wasm`;
    const known = this.#files.module("model", file);
    if (known !== undefined) return { module: known, coverage: [] };
    const { wasm, module } = await buildSequences([], { compiler: await compiler() });
    try {
      this.#files.write(file, wasm);
    } catch (error) {
      // The next run links it again.
      if (!(error instanceof StoreError)) throw error;
    }
    return { module, coverage: [] };
  }

  /** Removes a name and its files; returns false if no module has the name. */
  remove(name: string): boolean {
    if (!namePattern.test(name) || !existsSync(join(this.#folder, nameFile(name)))) return false;
    const entry = this.#all().find((one) => one.name === name)?.entry;
    rmSync(join(this.#folder, nameFile(name)), { recursive: true });
    if (entry === undefined || entry instanceof StoreError) return true;
    const others = this.#all().map((one) => one.entry);
    if (!others.some((one) => !(one instanceof StoreError) && one.key === entry.key)) {
      for (const end of ["wasm", "json", "sequences.wasm", "coverage.json", "exits.wasm"])
        rmSync(join(this.#folder, `${entry.key}.${end}`), { force: true });
    }
    return true;
  }

  #storedModule(name: string, entry: Entry, sdk: string): StoredModule {
    const { source, origin, compiler, size } = entry;
    return { name, source, origin, compiler, size, current: entry.sdk === sdk };
  }

  /** Returns the entry of each name. Each name has a file, so that builds at once lose none. */
  #all(): readonly { readonly name: string; readonly entry: Entry | StoreError }[] {
    const names = this.#files.names().flatMap((file) => NAME_FILE.exec(file)?.[1] ?? []);
    return names.sort().map((name) => {
      try {
        return { name, entry: this.#entry(name) ?? foreign(name, this.#folder) };
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return { name, entry: error };
      }
    });
  }

  #entry(name: string): Entry | undefined {
    if (!namePattern.test(name)) return undefined;
    const bytes = this.#files.read(name, nameFile(name));
    if (bytes === undefined) return undefined;
    const entry = parseEntry(bytes.toString());
    if (typeof entry === "string") throw damaged(name, entry);
    return entry;
  }

  /** Returns the description of a module if all its files are there and valid. */
  #meta(key: string): Meta | undefined {
    const meta = this.#files.json(`${key}.json`) as Meta | undefined;
    const entry = JSON.stringify({ ...meta, key, source: "", compiler: "", sdk: "" });
    if (typeof parseEntry(entry) === "string" || !Array.isArray(meta?.warnings)) return undefined;
    if (this.#files.json(`${key}.coverage.json`) === undefined) return undefined;
    try {
      const parts = ["wasm", "sequences.wasm"].map((end) =>
        this.#files.module(key, `${key}.${end}`),
      );
      return parts.includes(undefined) ? undefined : meta;
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }
}

/** Source may use `return` or `goto` in a place where the macros do not compile. */
async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

interface Meta {
  readonly origin: ModuleOrigin;
  readonly size: number;
  readonly warnings: readonly Diagnostic[];
}

function keyOf(words: readonly string[], files: readonly UpstreamFile[]): string {
  const hash = createHash("sha256").update(JSON.stringify(words));
  for (const { path, bytes } of files) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex").slice(0, 32);
}
