// SPDX-License-Identifier: MIT
import type { Circumstances, GuestName } from "@bpf-token/kernel-native";
import type { Kernel } from "@bpf-token/syscall";
import { kernelReleases } from "@bpf-token/uapi";
import type { Context } from "./program.js";
import { CannotTellError, oneOf, type Parsed, UsageError } from "./usage.js";

/** The backends that the command line knows by that name. */
export const backends = ["model", "native"] as const;
/** Everything that `--subject` can name; a model may have its release behind it, `model@6.12`. */
export const subjects = ["model", "native", "guest:6.12", "guest:uml"] as const;
/** One of {@link subjects}. */
export type Subject = (typeof subjects)[number];

/** How to open the kernel that the command line asks for. */
export interface KernelChoice {
  readonly backend: Subject;
  /** For people: `the model of Linux 6.18`, `the running kernel`. */
  readonly title: string;
  /** Whether each scenario gets a kernel of its own; one that takes seconds to start is shared. */
  readonly shared: boolean;
  /** Opens a fresh kernel. */
  open(): Kernel;
}

/**
 * Reads `--subject`, `--backend` and `--release`. Backends are loaded only when asked for, so that
 * the others cost nothing.
 *
 * @throws UsageError for words that mean nothing; CannotTellError where the backend cannot run, with
 *   the reason.
 */
export async function chooseKernel({ parsed, world }: Context): Promise<KernelChoice> {
  const { subject, release } = readSubject(parsed);
  if (subject === "model") return chooseModel(release);
  if (release !== undefined) {
    throw new UsageError(
      `--release chooses the model's release; the ${subject} kernel has its own`,
    );
  }
  if (subject === "native") return chooseNative(world.circumstances);
  return chooseGuest(subject.slice("guest:".length) as GuestName);
}

function readSubject({ values }: Parsed): { subject: Subject; release: string | undefined } {
  const release = values.release === undefined ? undefined : String(values.release);
  if (values.subject === undefined) {
    return { subject: oneOf("backend", String(values.backend ?? "model"), backends), release };
  }
  if (values.backend !== undefined) {
    throw new UsageError("--subject and --backend name the same thing: give one of them");
  }
  const [word = "", wanted] = String(values.subject).split("@", 2);
  const subject = oneOf("subject", word, subjects);
  if (wanted === undefined) return { subject, release };
  if (release !== undefined) {
    throw new UsageError("--release and the release behind --subject: give one of them");
  }
  return { subject, release: wanted };
}

async function chooseModel(release: string | undefined): Promise<KernelChoice> {
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const wanted = oneOf("release", release ?? String(kernelReleases.at(-1)), kernelReleases);
  return {
    backend: "model",
    title: `the model of Linux ${wanted}`,
    shared: false,
    open: () => createKernel({ release: wanted }),
  };
}

async function chooseNative(circumstances?: Circumstances): Promise<KernelChoice> {
  const { openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const support = probeNative({ circumstances });
  if (!support.ok) throw new CannotTellError(`the native backend cannot run here: ${support.why}`);
  return {
    backend: "native",
    title: `the running kernel, Linux ${support.release}`,
    shared: false,
    open: () => openNativeKernel({ model: createKernel }),
  };
}

async function chooseGuest(guest: GuestName): Promise<KernelChoice> {
  const { GuestUnavailableError, openGuestKernel, probeGuest } = await import(
    "@bpf-token/kernel-native"
  );
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const support = probeGuest(guest);
  if (!support.ok) throw new CannotTellError(`guest:${guest} cannot run here: ${support.why}`);
  const open = (): Kernel => {
    try {
      return openGuestKernel({ guest, model: createKernel });
    } catch (error) {
      if (error instanceof GuestUnavailableError) throw new CannotTellError(error.message);
      throw error;
    }
  };
  return { backend: `guest:${guest}`, title: `the guest ${guest}`, shared: true, open };
}
