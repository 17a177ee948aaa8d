// SPDX-License-Identifier: MIT
import type { GuestParts } from "./images.js";
import { type GuestName, parseGuestName } from "./names.js";

/**
 * File descriptors of the line to the supervisor and of the console; see native/executor/guest.c.
 */
const LINE = 3;
const CONSOLE = 2;

/** Options of both kernels: little output, and a panic or an oops ends the guest at once. */
const common = ["quiet", "rdinit=/init", "panic=-1", "oops=panic"] as const;

/**
 * Returns the command that boots a guest. Its first process finds its line at the last argument.
 */
export function guestCommand(
  guest: GuestName,
  parts: GuestParts,
  initramfs: string,
): readonly string[] {
  if (guest === "uml") return umlCommand(parts, initramfs);
  return qemuCommand(machines[parseGuestName(guest).arch], parts, initramfs);
}

/**
 * Virtual machines by architecture: options of QEMU, and the console of the kernel. The arm64
 * processor is one without pointer authentication, whose emulation is slow.
 */
const machines = {
  x64: { options: ["-cpu", "max"], console: "ttyS0" },
  arm64: { options: ["-machine", "virt", "-cpu", "cortex-a72"], console: "ttyAMA0" },
} as const;

/** A virtual machine with a serial port for the console and a virtio port for the line. */
function qemuCommand(
  machine: (typeof machines)[keyof typeof machines],
  { program, kernel }: GuestParts,
  initramfs: string,
): readonly string[] {
  const words = [`console=${machine.console}`, "lsm=lockdown,bpf", "--", "/dev/vport0p1"];
  const append = [...common, ...words].join(" ");
  return [
    program,
    ...machine.options,
    ...["-accel", "tcg", "-smp", "1", "-m", "512M"],
    ...["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"],
    ...["-chardev", `file,id=console,path=/dev/fd/${CONSOLE}`, "-serial", "chardev:console"],
    ...["-chardev", `socket,id=line,fd=${LINE}`],
    ...["-device", "virtio-serial-pci,max_ports=2"],
    ...["-device", "virtserialport,chardev=line,nr=1"],
    ...["-kernel", kernel, "-initrd", initramfs, "-append", append],
  ];
}

/**
 * On processors with more register state than User-mode Linux supports, the executor hides
 * everything above SSE (native/executor/xstate.c), so the C library must not use it.
 */
const features = ["-AVX_Fast_Unaligned_Load", "-AVX2", "-AVX512F", "-AVX512VL"];
const sse = `GLIBC_TUNABLES=glibc.cpu.hwcaps=${features.join()}`;

/** `uml_dir` names a place where no directory can be created, so none is left behind. */
function umlCommand({ program }: GuestParts, initramfs: string): readonly string[] {
  return [
    program,
    ...["mem=256M", "uml_dir=/dev/null/", `initrd=${initramfs}`],
    ...["con=null", `con0=null,fd:${CONSOLE}`, `ssl0=fd:${LINE}`],
    ...[...common, sse, "--", "/dev/ttyS0"],
  ];
}
