// SPDX-License-Identifier: MIT
import type { GuestName, HostEnvironment } from "@bpf-token/kernel-native";
import type { KernelRelease } from "@bpf-token/uapi";
import {
  defaultRelease,
  factsRelease,
  linuxCode,
  newestRelease,
  releaseCode,
} from "@bpf-token/uapi/names";
import { type Subject, type SubjectName, SubjectUnavailableError } from "./subject.js";

/** Options of {@link findSubject}. */
export interface FindOptions {
  /** The release of the model; default the newest. Other subjects ignore it. */
  readonly release?: KernelRelease;
  /** Environment variables; `BPF_TOKEN_UPSTREAM` is the directory of the upstream modules. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Properties of the machine and this process, in place of the detected ones. */
  readonly host?: HostEnvironment | undefined;
}

const UPSTREAM = "upstream:";
const GUEST = "guest:";
const BPF = "bpf:";

/** Returns whether a name is that of an upstream module. */
export function isUpstream(name: string): name is `upstream:${string}` {
  return name.startsWith(UPSTREAM);
}

/**
 * The Linux release of a guest that is newer than the newest model, so that no model can be compared
 * with it. Undefined for every other subject.
 *
 * @example
 * ```ts
 * unmodelledRelease("guest:7.3"); // "7.3"
 * unmodelledRelease("guest:6.12"); // undefined
 * ```
 */
export function unmodelledRelease(name: string): string | undefined {
  if (!name.startsWith(GUEST)) return undefined;
  const linux = linuxOf(name.slice(GUEST.length));
  return (linuxCode(linux) ?? 0) > releaseCode(newestRelease) ? linux : undefined;
}

function linuxOf(guest: string): string {
  return guest === "uml" ? "6.12" : guest.replace(/-.*/, "");
}

/**
 * Finds a kernel by its name on the command line. Loads only the backend that it needs.
 *
 * @param name - `model`, `native`, `guest:7.3`, `guest:uml`, `bpf:7.3` or `upstream:NAME`.
 * @throws SubjectUnavailableError if the kernel is not available, with the reason.
 * @example
 * ```ts
 * const subject = await findSubject("model", { release: "6.12" });
 * const kernel = subject.open();
 * ```
 */
export function findSubject(name: SubjectName, options: FindOptions = {}): Promise<Subject> {
  if (name === "model") return findModel(options.release);
  if (isUpstream(name)) return findUpstream(name.slice(UPSTREAM.length), options.env ?? {});
  if (name === "native") return findNative(options.host);
  if (name.startsWith(BPF)) return findBpfKernel(name.slice(BPF.length), options.env ?? {});
  return findGuest(name.slice(GUEST.length) as GuestName);
}

async function findModel(release: KernelRelease = defaultRelease): Promise<Subject> {
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  return {
    backend: "model",
    release,
    own: "model",
    title: `the model of Linux ${release}`,
    shared: false,
    open: () => createKernel({ release }),
  };
}

async function findUpstream(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Subject> {
  const [{ storeFolder, UpstreamStore }, { createKernel, originOf }] = await Promise.all([
    import("@bpf-token/upstream/node"),
    import("@bpf-token/kernel-wasm"),
  ]);
  const store = new UpstreamStore(storeFolder(env));
  const module = store.module(name);
  if (module === undefined) {
    const names = (await store.list()).map((one) => one.name);
    const there = names.length === 0 ? "none exists" : `known: ${names.join(", ")}`;
    const how = `bpf-token upstream build SOURCE --name ${name || "NAME"}`;
    throw new SubjectUnavailableError(
      `there is no upstream module '${name}' (${there}); build it with '${how}'`,
    );
  }
  const origin = originOf(module);
  if (origin === undefined) {
    // Unexpected: the store writes the origin into every module.
    const text = `upstream:${name} has no record of its source; build it again`;
    throw new SubjectUnavailableError(text);
  }
  const exits = store.exits(name);
  return {
    backend: `upstream:${name}`,
    release: origin.release,
    own: origin.files.map(({ path }) => path),
    upstream: name,
    ...(exits && { exits }),
    title: `upstream source '${name}' as Linux ${origin.release}`,
    shared: false,
    open: () => createKernel({ module }),
  };
}

async function findNative(host: HostEnvironment | undefined): Promise<Subject> {
  const [{ openNativeKernel, probeNative }, { createKernel }] = await Promise.all([
    import("@bpf-token/kernel-native"),
    import("@bpf-token/kernel-wasm"),
  ]);
  const support = probeNative({ host });
  if (!support.ok) {
    throw new SubjectUnavailableError(`the native backend is not available: ${support.why}`);
  }
  return {
    backend: "native",
    release: factsRelease(support.release),
    own: "kernel",
    title: `the running kernel, Linux ${support.release}`,
    shared: false,
    open: (bare) => openNativeKernel(bare === true ? {} : { model: createKernel }),
  };
}

/** Linux's own BPF subsystem, if `npm run kernel-bpf` built the release. */
async function findBpfKernel(
  linux: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Subject> {
  const [{ createBpfKernel }, { BpfKernelMissingError, bpfKernelFolders, readBpfKernel }] =
    await Promise.all([import("@bpf-token/kernel-bpf"), import("@bpf-token/kernel-bpf/node")]);
  try {
    const kept = readBpfKernel(linux, bpfKernelFolders(env));
    return {
      backend: `bpf:${linux}` as SubjectName,
      release: factsRelease(kept.release),
      own: "kernel",
      bpf: linux,
      title: `the BPF subsystem of Linux ${kept.release}`,
      shared: false,
      open: () => createBpfKernel({ ...kept, mountBpffs: false }),
    };
  } catch (error) {
    if (!(error instanceof BpfKernelMissingError)) throw error;
    throw new SubjectUnavailableError(error.message);
  }
}

async function findGuest(guest: GuestName): Promise<Subject> {
  const [{ GuestUnavailableError, openGuestKernel, probeGuest }, { createKernel }] =
    await Promise.all([import("@bpf-token/kernel-native"), import("@bpf-token/kernel-wasm")]);
  const support = probeGuest(guest);
  if (!support.ok) {
    throw new SubjectUnavailableError(`guest:${guest} is not available: ${support.why}`);
  }
  const newer = unmodelledRelease(`${GUEST}${guest}`) !== undefined;
  return {
    backend: `guest:${guest}`,
    release: factsRelease(linuxOf(guest)),
    own: "kernel",
    title: `the guest ${guest}`,
    shared: true,
    open: (bare) => {
      try {
        // The model of an older release would give wrong reasons.
        const withModel = bare !== true && !newer;
        return openGuestKernel(withModel ? { guest, model: createKernel } : { guest });
      } catch (error) {
        if (!(error instanceof GuestUnavailableError)) throw error;
        throw new SubjectUnavailableError(error.message);
      }
    },
  };
}
