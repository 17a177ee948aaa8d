// SPDX-License-Identifier: MIT
import type { Circumstances, GuestName } from "@bpf-token/kernel-native";
import type { SubjectOwn } from "@bpf-token/scenario";
import type { Kernel } from "@bpf-token/syscall";
import { factsRelease, type KernelRelease, newestRelease } from "@bpf-token/uapi";
import type { Context, ProgramIo } from "../command.js";
import { CannotTellError, oneOf, UsageError } from "../usage.js";
import { readRelease } from "./release.js";

/** The backends that the command line knows by that name. */
export const backends = ["model", "native"] as const;
/**
 * Everything that `--subject` can name; a model may have its release behind it, `model@6.12`, and
 * `upstream:NAME` is a module of `bpf-token upstream build`.
 */
export const subjects = ["model", "native", "guest:6.12", "guest:uml"] as const;
/** One of {@link subjects}, or a module of the kernel's own text. */
export type Subject = (typeof subjects)[number] | `upstream:${string}`;

/** How to open the kernel that the command line asks for. */
export interface KernelChoice {
  readonly backend: Subject;
  /** The release whose behaviour it should have. */
  readonly release: KernelRelease;
  /** What of it is not the model's. */
  readonly own: SubjectOwn;
  /** Of a module with the kernel's own text: the same, but it tells the lines that decide. */
  readonly exits?: WebAssembly.Module;
  /** For people: `the model of Linux 6.18`, `the running kernel`. */
  readonly title: string;
  /** Whether each scenario gets a kernel of its own; one that takes seconds to start is shared. */
  readonly shared: boolean;
  /**
   * Opens a fresh kernel.
   *
   * @param bare - without a model that says why a real kernel refuses: nobody will ask.
   */
  open(bare?: boolean): Kernel;
}

/**
 * Reads `--subject`, `--backend` and `--release`. Backends are loaded only when asked for, so that
 * the others cost nothing.
 *
 * @throws UsageError for words that mean nothing; CannotTellError where the backend cannot run, with
 *   the reason.
 */
export function chooseKernel({ parsed, io }: Context): Promise<KernelChoice> {
  const { values } = parsed;
  const release = values.release === undefined ? undefined : String(values.release);
  if (values.subject === undefined) {
    const backend = oneOf("backend", String(values.backend ?? "model"), backends);
    return openable(backend, release, io);
  }
  if (values.backend !== undefined) {
    throw new UsageError("--subject and --backend name the same thing: give one of them");
  }
  return chooseSubject(String(values.subject), io, release);
}

/**
 * Reads one subject: a word of {@link subjects}, or `upstream:NAME`, each with a release behind it
 * where it can have one.
 *
 * @param release - what `--release` says, if it was given.
 */
export function chooseSubject(
  text: string,
  io: ProgramIo,
  release?: string,
): Promise<KernelChoice> {
  const [word = "", wanted] = text.split("@", 2);
  const upstream = word.startsWith(UPSTREAM);
  const subject = upstream ? (word as Subject) : oneOf("subject", word, subjects);
  if (wanted !== undefined && release !== undefined) {
    throw new UsageError("--release and the release behind --subject: give one of them");
  }
  return openable(subject, wanted ?? release, io);
}

const UPSTREAM = "upstream:";

async function openable(
  subject: Subject,
  release: string | undefined,
  io: ProgramIo,
): Promise<KernelChoice> {
  if (subject === "model") return chooseModel(release, io);
  if (subject.startsWith(UPSTREAM)) {
    return chooseUpstream(subject.slice(UPSTREAM.length), release, io);
  }
  if (release !== undefined) {
    throw new UsageError(
      `--release chooses the model's release; the ${subject} kernel has its own`,
    );
  }
  if (subject === "native") return chooseNative(io.circumstances);
  return chooseGuest(subject.slice("guest:".length) as GuestName);
}

async function chooseUpstream(
  name: string,
  release: string | undefined,
  { env }: ProgramIo,
): Promise<KernelChoice> {
  const [{ storeFolder, UpstreamStore }, { createKernel, originOf }] = await Promise.all([
    import("@bpf-token/upstream/node"),
    import("@bpf-token/kernel-wasm"),
  ]);
  const store = new UpstreamStore(storeFolder(env));
  const module = store.module(name);
  if (module === undefined) {
    const names = (await store.list()).map((one) => one.name);
    const there = names.length === 0 ? "nothing was built yet" : `there are: ${names.join(", ")}`;
    const how = `bpf-token upstream build SOURCE --name ${name || "NAME"}`;
    throw new CannotTellError(`no upstream module '${name}' (${there}); '${how}' makes it`);
  }
  const { release: built, files } = originOf(module) ?? never(name);
  const exits = store.exits(name);
  if (release !== undefined && release !== built) {
    throw new CannotTellError(
      `upstream:${name} was compiled for ${built}, not for ${release}: build it with --as ${release}`,
    );
  }
  return {
    backend: `upstream:${name}`,
    release: built,
    own: files.map(({ path }) => path),
    ...(exits && { exits }),
    title: `upstream's own text '${name}' as Linux ${built}`,
    shared: false,
    open: () => createKernel({ module }),
  };
}

/** Every module of the store was written with its origin in it. */
function never(name: string): never {
  throw new CannotTellError(`upstream:${name} does not say what it is made of: build it again`);
}

async function chooseModel(text: string | undefined, io: ProgramIo): Promise<KernelChoice> {
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const release = text === undefined ? newestRelease : readRelease(text, io);
  return {
    backend: "model",
    release,
    own: "model",
    title: `the model of Linux ${release}`,
    shared: false,
    open: () => createKernel({ release }),
  };
}

async function chooseNative(circumstances?: Circumstances): Promise<KernelChoice> {
  const { openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const support = probeNative({ circumstances });
  if (!support.ok) throw new CannotTellError(`the native backend cannot run here: ${support.why}`);
  return {
    backend: "native",
    release: factsRelease(support.release),
    own: "kernel",
    title: `the running kernel, Linux ${support.release}`,
    shared: false,
    open: (bare) => openNativeKernel(bare === true ? {} : { model: createKernel }),
  };
}

async function chooseGuest(guest: GuestName): Promise<KernelChoice> {
  const { GuestUnavailableError, openGuestKernel, probeGuest } = await import(
    "@bpf-token/kernel-native"
  );
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const support = probeGuest(guest);
  if (!support.ok) throw new CannotTellError(`guest:${guest} cannot run here: ${support.why}`);
  const open = (bare?: boolean): Kernel => {
    try {
      return openGuestKernel(bare === true ? { guest } : { guest, model: createKernel });
    } catch (error) {
      if (error instanceof GuestUnavailableError) throw new CannotTellError(error.message);
      throw error;
    }
  };
  return {
    backend: `guest:${guest}`,
    release: "6.12",
    own: "kernel",
    title: `the guest ${guest}`,
    shared: true,
    open,
  };
}
