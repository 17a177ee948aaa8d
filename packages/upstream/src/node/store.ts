// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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

interface Entry {
  readonly key: string;
  readonly source: string;
  readonly origin: ModuleOrigin;
  readonly compiler: string;
  readonly size: number;
  readonly sdk: string;
}

/** Increment it when the stored files change for the same source, compiler and SDK. */
const RECIPE = 3;

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

  constructor(folder: string = storeFolder()) {
    this.#folder = folder;
  }

  /**
   * Builds a module, unless an identical one is stored, and assigns the name to it.
   *
   * @throws the errors of {@link buildUpstream}; RangeError for an invalid name.
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
      this.#name(name, stored);
      return { ...this.#storedModule(name, stored, sdk), cached: true, warnings: known.warnings };
    }
    // A native compiler builds in parallel. If several builds fail, report the error of the plain
    // module.
    const plain = buildUpstream(files, { release, compiler });
    const sequencesBuild = deferRejection(buildSequences(files, { release, compiler }));
    const exitsBuild = deferRejection(
      unlessRefused(() => buildExits(files, { release, compiler })),
    );
    const { wasm, origin, warnings } = await plain;
    const [sequences, exits] = [await sequencesBuild, await exitsBuild];
    if (exits !== undefined) this.#write(`${key}.exits.wasm`, exits);
    const meta: Meta = { origin, size: wasm.length, warnings };
    this.#write(`${key}.sequences.wasm`, sequences.wasm);
    this.#write(`${key}.coverage.json`, JSON.stringify(sequences.coverage));
    this.#write(`${key}.wasm`, wasm);
    this.#write(`${key}.json`, JSON.stringify(meta));
    const stored = { ...entry, origin, size: wasm.length };
    this.#name(name, stored);
    return { ...this.#storedModule(name, stored, sdk), cached: false, warnings };
  }

  /** Returns all named modules, sorted by name. */
  async list(): Promise<readonly StoredModule[]> {
    const sdk = await recipe();
    return Object.entries(this.#names())
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, entry]) => this.#storedModule(name, entry, sdk));
  }

  /** Returns the compiled module with this name; undefined if there is none. */
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
    const entry = Object.hasOwn(this.#names(), name) ? this.#names()[name] : undefined;
    if (entry === undefined) return undefined;
    const file = join(this.#folder, `${entry.key}.${end}`);
    return existsSync(file) ? new WebAssembly.Module(readFileSync(file)) : undefined;
  }

  /**
   * Returns the variant that runs call sequences, with its coverage; undefined if there is none.
   */
  sequences(name: string): StoredSequences | undefined {
    const entry = Object.hasOwn(this.#names(), name) ? this.#names()[name] : undefined;
    if (entry === undefined) return undefined;
    const file = join(this.#folder, `${entry.key}.sequences.wasm`);
    const coverage = this.#json(`${entry.key}.coverage.json`) as readonly CoverageMap[] | undefined;
    if (coverage === undefined || !existsSync(file)) return undefined;
    return { module: new WebAssembly.Module(readFileSync(file)), coverage };
  }

  /**
   * Returns the model's variant that runs call sequences, without upstream source. It is linked
   * once per version of the packages and stored.
   *
   * @param compiler - returns a compiler; called only if the module is not stored yet.
   */
  async model(compiler: () => Promise<WasmCompiler>): Promise<StoredSequences> {
    const file = join(this.#folder, `model-${await recipe()}.sequences.wasm`);
    if (!existsSync(file)) {
      const { wasm } = await buildSequences([], { compiler: await compiler() });
      this.#write(file.slice(this.#folder.length + 1), wasm);
    }
    return { module: new WebAssembly.Module(readFileSync(file)), coverage: [] };
  }

  /** Removes a name and its files; returns false if no module has the name. */
  remove(name: string): boolean {
    const names = this.#names();
    const entry = Object.hasOwn(names, name) ? names[name] : undefined;
    if (entry === undefined) return false;
    delete names[name];
    this.#write("names.json", JSON.stringify(names));
    if (!Object.values(names).some(({ key }) => key === entry.key)) {
      for (const end of ["wasm", "json", "sequences.wasm", "coverage.json", "exits.wasm"])
        rmSync(join(this.#folder, `${entry.key}.${end}`), { force: true });
    }
    return true;
  }

  #storedModule(name: string, entry: Entry, sdk: string): StoredModule {
    const { source, origin, compiler, size } = entry;
    return { name, source, origin, compiler, size, current: entry.sdk === sdk };
  }

  #name(name: string, entry: Entry): void {
    this.#write("names.json", JSON.stringify({ ...this.#names(), [name]: entry }));
  }

  #names(): Record<string, Entry> {
    return (this.#json("names.json") as Record<string, Entry> | undefined) ?? {};
  }

  #meta(key: string): Meta | undefined {
    const parts = ["wasm", "sequences.wasm", "coverage.json"];
    const whole = parts.every((end) => existsSync(join(this.#folder, `${key}.${end}`)));
    return whole ? (this.#json(`${key}.json`) as Meta | undefined) : undefined;
  }

  /** An unreadable file counts as missing, so it is built again. */
  #json(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.#folder, name), "utf8"));
    } catch {
      return undefined;
    }
  }

  /** Writes atomically, so that an interrupted build leaves no partial file. */
  #write(name: string, content: Uint8Array | string): void {
    mkdirSync(this.#folder, { recursive: true });
    const draft = join(this.#folder, `.${name}.${process.pid}`);
    writeFileSync(draft, content);
    renameSync(draft, join(this.#folder, name));
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
