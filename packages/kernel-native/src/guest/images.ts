// SPDX-License-Identifier: MIT
import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { ProgramArch } from "../prebuilt.js";
import { GUESTS_VARIABLE, type GuestName, parseGuestName } from "./names.js";

/** The files that start a guest. */
export interface GuestParts {
  /** The program to start. */
  readonly program: string;
  /** The kernel image. For User-mode Linux it is the program itself. */
  readonly kernel: string;
}

/** QEMU's program by architecture, the Debian package that has it, and Debian's name of the architecture. */
const emulators = {
  x64: { name: "qemu-system-x86_64", debian: "qemu-system-x86", kernels: "amd64" },
  arm64: { name: "qemu-system-aarch64", debian: "qemu-system-arm", kernels: "arm64" },
} as const;

/**
 * Returns the folder of guest kernels: that of BPF_TOKEN_GUESTS, or one in the user's cache.
 *
 * @example
 * ```ts
 * console.log(`copy the kernel to ${guestsFolder()}/6.12/vmlinuz`);
 * ```
 */
export function guestsFolder(): string {
  const named = process.env[GUESTS_VARIABLE];
  if (named) return named;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "bpf-token", "guests");
}

/** Finds the files of a guest, or returns what is missing and how to get it. */
export function findGuest(guest: GuestName): GuestParts | { readonly why: string } {
  return guest === "uml" ? findUml() : findQemu(guest);
}

function findQemu(guest: GuestName): GuestParts | { readonly why: string } {
  const { release, arch } = parseGuestName(guest);
  const { name, debian } = emulators[arch];
  const program = onPath(name);
  if (program === undefined) {
    return { why: `it needs ${name}, on Debian 'apt install ${debian}'` };
  }
  const folder = join(guestsFolder(), guest);
  const ours = ["vmlinux", "vmlinuz"].map((name) => join(folder, name));
  const kernel = [...ours, ...installedKernels(release, arch)].find(readable);
  if (kernel !== undefined) return { program, kernel };
  const how = `'npm run guest -- build ${guest}' in a clone downloads Debian's`;
  return { why: `there is no kernel in ${folder}; ${how}` };
}

/** Debian's installed kernels, newest first. */
function installedKernels(release: string, arch: ProgramArch): readonly string[] {
  const start = `vmlinuz-${release}.`;
  const end = `-${emulators[arch].kernels}`;
  try {
    return readdirSync("/boot")
      .filter((name) => name.startsWith(start) && name.endsWith(end))
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
      .map((name) => join("/boot", name));
  } catch {
    return [];
  }
}

function findUml(): GuestParts | { readonly why: string } {
  if (process.arch !== "x64")
    return { why: `User-mode Linux runs on x64 only, and this is ${process.arch}` };
  const ours = join(guestsFolder(), "uml", "linux.uml");
  const program = executable(ours) ? ours : onPath("linux.uml");
  if (program !== undefined) return { program, kernel: program };
  return { why: `it needs linux.uml, on Debian 'apt install user-mode-linux', or ${ours}` };
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(executable);
}

function executable(path: string): boolean {
  return allows(path, constants.X_OK);
}

function readable(path: string): boolean {
  return allows(path, constants.R_OK);
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
