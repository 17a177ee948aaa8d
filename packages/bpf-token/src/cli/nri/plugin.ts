// SPDX-License-Identifier: MIT
import { accessSync, constants, readFileSync } from "node:fs";
import { ANNOTATION_PREFIX, axisNames } from "@bpf-token/delegation";
import { readConfig } from "../hook/install.js";
import { printable } from "../output.js";
import { encodeMessage, FrameReader, PLUGIN, REQUEST, RESPONSE, RUNTIME } from "./frames.js";
import {
  Code,
  CREATE_CONTAINER,
  putAdjustment,
  putAnswer,
  putError,
  putEvents,
  putRegister,
  putSynchronized,
  readCall,
  readContainer,
  readError,
  readRuntime,
} from "./messages.js";
import { WireError } from "./wire.js";

/** What the plugin adds to containers, and when it refuses them. */
export interface PluginSettings {
  /** The hook on the host. */
  readonly program: string;
  /** The configuration of the hook on the host. */
  readonly config: string;
  /** Whether containers with annotations are refused while the hook is not installed. */
  readonly required: boolean;
  /** Prints one line. */
  readonly log: (line: string) => void;
}

const unchanged = { answer: Buffer.alloc(0), added: false };

/** A container that must not start. */
class Refusal extends Error {}

/** Go's reader closes the connection if more than 256 frames of 4 KiB wait. */
const ANNOTATIONS_MOST = 128 << 10;
/** Names of pods are shorter; other programs that use the runtime may have longer ones. */
const NAME_MOST = 200;

/** The plugin's side of one connection to a runtime. */
export class PluginSession {
  readonly #settings: PluginSettings;
  readonly #write: (bytes: Buffer) => void;
  readonly #reader = new FrameReader();
  #runtime: string | undefined;
  #added = 0;

  constructor(settings: PluginSettings, write: (bytes: Buffer) => void) {
    this.#settings = settings;
    this.#write = write;
  }

  /** The name and version of the runtime; undefined before it configured the plugin. */
  get runtime(): string | undefined {
    return this.#runtime;
  }

  /** How many containers got the hook. */
  get added(): number {
    return this.#added;
  }

  register(name: string, index: string): void {
    this.#send(RUNTIME, 1, REQUEST, putRegister(name, index));
  }

  /**
   * Handles bytes of the runtime.
   *
   * @throws Error if the runtime refuses the plugin or breaks the protocol.
   */
  receive(chunk: Uint8Array): void {
    for (const { connection, stream, type, payload } of this.#reader.read(chunk)) {
      if (connection === PLUGIN && type === REQUEST) {
        this.#send(PLUGIN, stream, RESPONSE, this.#answer(payload));
      } else if (connection === RUNTIME && type === RESPONSE) {
        const error = readError(payload);
        if (error !== "") throw new Error(`the runtime refused the plugin: ${error}`);
      }
    }
  }

  #send(connection: number, stream: number, type: number, payload: Buffer): void {
    this.#write(encodeMessage({ connection, stream, type, payload }));
  }

  #answer(message: Uint8Array): Buffer {
    const { method, request } = readCall(message);
    switch (method) {
      case "Configure":
        this.#runtime = readRuntime(request);
        return putAnswer(putEvents(CREATE_CONTAINER));
      case "Synchronize":
        return putAnswer(putSynchronized(request));
      case "CreateContainer":
        return this.#create(request);
      case "Shutdown":
      case "StateChange":
        return putAnswer(Buffer.alloc(0));
      default:
        return refusal(Code.UNIMPLEMENTED, `there is no method ${method.slice(0, NAME_MOST)}`);
    }
  }

  #create(request: Uint8Array): Buffer {
    const { log, required } = this.#settings;
    try {
      const { answer, added } = adjust(request, this.#settings);
      if (added) this.#added++;
      return putAnswer(answer);
    } catch (error) {
      if (error instanceof Refusal) {
        log(error.message);
        return refusal(Code.FAILED_PRECONDITION, error.message);
      }
      if (!(error instanceof WireError)) throw error;
      const message = `cannot read the request of the runtime: ${error.message}`;
      log(message);
      return required ? refusal(Code.FAILED_PRECONDITION, message) : putAnswer(Buffer.alloc(0));
    }
  }
}

/** An error, which clients of the runtime print: it has names of containers, which are anybody's. */
const refusal = (code: number, why: string): Buffer =>
  putError(code, printable(`bpf-token: ${why}`));

/** The answer to CreateContainer, and whether it adds the hook. */
function adjust(request: Uint8Array, settings: PluginSettings): { answer: Buffer; added: boolean } {
  const { program, config, required, log } = settings;
  const installed = readInstalled(settings);
  const { name, pod, own, hooks } = readContainer(request, installed.isOurs);
  const asked = new Map([...pod, ...own]);
  if (asked.size === 0) return unchanged;
  const container = name.slice(0, NAME_MOST);
  refuseHostile(container, asked);
  if (installed.why !== undefined) {
    const why = `${container}: ${installed.why}, so the hook cannot run. Fix: bpf-token hook install`;
    if (required) throw new Refusal(why);
    log(`${why}. The container starts without a delegation`);
    return unchanged;
  }
  // The runtime fails a container for which two plugins set the same annotation.
  const missing = [...pod].filter(([key]) => !own.has(key));
  if (hooks.includes(program)) {
    log(`${container}: another plugin or the runtime's configuration has already added the hook`);
    return { answer: putAdjustment(missing, undefined), added: false };
  }
  log(`${container}: added the hook`);
  const hook = [program, "bpf-token-hook", "--config", config] as const;
  return { answer: putAdjustment(missing, hook), added: true };
}

function refuseHostile(container: string, asked: ReadonlyMap<string, string>): void {
  let size = 0;
  for (const [key, value] of asked) {
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
    if (`${key}${value}`.includes("\0")) {
      throw new Refusal(`${container}: an annotation contains a NUL. Fix: remove it`);
    }
  }
  if (size > ANNOTATIONS_MOST) {
    throw new Refusal(
      `${container}: its annotations for bpf-token have ${size} bytes; the limit is ${ANNOTATIONS_MOST}`,
    );
  }
}

/** What is known of the hook on the host. */
interface Installed {
  readonly isOurs: (key: string) => boolean;
  /** Why the hook cannot run. */
  readonly why?: string;
}

/** Without the configuration, the prefix is unknown: it may be any one. */
const anyPrefix = new RegExp(`^${ANNOTATION_PREFIX}|/delegate_(${axisNames.join("|")})(\\.|$)`);

/** Read for each container: an install may come later. */
function readInstalled({ program, config }: PluginSettings): Installed {
  let prefix = ANNOTATION_PREFIX;
  try {
    readFileSync(config);
    const read = readConfig(config)?.prefix;
    // The hook refuses an empty prefix, with which every annotation would count.
    if (typeof read === "string" && read !== "") prefix = read;
  } catch (error) {
    const why = error instanceof SyntaxError ? `${config} is no JSON` : unusable(config, error);
    return { isOurs: (key) => anyPrefix.test(key), why };
  }
  const isOurs = (key: string): boolean => key.startsWith(prefix);
  try {
    accessSync(program, constants.X_OK);
    return { isOurs };
  } catch (error) {
    return { isOurs, why: unusable(program, error) };
  }
}

const unusable = (path: string, error: unknown): string =>
  `${path} cannot be used (${(error as NodeJS.ErrnoException).code ?? ""})`;
