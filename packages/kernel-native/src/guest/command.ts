// SPDX-License-Identifier: MIT
import type { GuestParts } from "./images.js";
import type { GuestName } from "./names.js";

/** File descriptor of the line to the supervisor, and of the console; see native/executor/guest.c. */
const LINE = 3;
const CONSOLE = 2;

/** Options of both kernels: few words, and a panic or an oops is the end at once. */
const common = ["quiet", "rdinit=/init", "panic=-1", "oops=panic"] as const;

/** The command that boots a guest, whose first process finds its line at the device named last. */
export function guestCommand(
  guest: GuestName,
  parts: GuestParts,
  initramfs: string,
): readonly string[] {
  return guest === "uml" ? umlCommand(parts, initramfs) : qemuCommand(parts, initramfs);
}

/** A machine with a serial port for the console, a virtio port for the line, and nothing else. */
function qemuCommand({ program, kernel }: GuestParts, initramfs: string): readonly string[] {
  const append = [...common, "console=ttyS0", "lsm=lockdown,bpf", "--", "/dev/vport0p1"].join(" ");
  return [
    program,
    ...["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "512M"],
    ...["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"],
    ...["-chardev", `file,id=console,path=/dev/fd/${CONSOLE}`, "-serial", "chardev:console"],
    ...["-chardev", `socket,id=line,fd=${LINE}`],
    ...["-device", "virtio-serial-pci,max_ports=2"],
    ...["-device", "virtserialport,chardev=line,nr=1"],
    ...["-kernel", kernel, "-initrd", initramfs, "-append", append],
  ];
}

/**
 * Where the processor has more registers than User-mode Linux has room for, it keeps those of SSE
 * and no wider ones (native/executor/xstate.c): the C library must do without.
 */
const features = ["-AVX_Fast_Unaligned_Load", "-AVX2", "-AVX512F", "-AVX512VL"];
const sse = `GLIBC_TUNABLES=glibc.cpu.hwcaps=${features.join()}`;

/** `uml_dir`: a place where no folder can be made, so that none is left behind. */
function umlCommand({ program }: GuestParts, initramfs: string): readonly string[] {
  return [
    program,
    ...["mem=256M", "uml_dir=/dev/null/", `initrd=${initramfs}`],
    ...["con=null", `con0=null,fd:${CONSOLE}`, `ssl0=fd:${LINE}`],
    ...[...common, sse, "--", "/dev/ttyS0"],
  ];
}
