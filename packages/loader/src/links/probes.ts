// SPDX-License-Identifier: MIT
// Opens perf events for tracepoints, kernel functions, and functions of executables.
import { raw } from "@bpf-token/syscall";
import { Errno, errnoName, PERF_TYPE, type PerfEventAttr } from "@bpf-token/uapi";
import { readBytes } from "../calls/files.js";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";
import { placeInFile } from "./file-place.js";
import type { AttachOptions } from "./options.js";
import { perfEventOpen } from "./perf-event.js";
import { type Targets, wants } from "./targets.js";

/** Where tracefs is mounted: the current path, and the one before Linux 4.1. */
const TRACEFS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const PMUS = "/sys/bus/event_source/devices";

type Event = Partial<PerfEventAttr>;

/** Opens the perf event of a tracepoint: `SEC("tracepoint/sched/sched_switch")`. */
export function tracepoint(program: Program, options: AttachOptions, targets: Targets): number {
  const name = options.tracepoint ?? program.spec.target;
  if (name === undefined) wants(program, 'tracepoint: its name, such as "sched/sched_switch"');
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) {
    throw new AttachError(program.name, `'${name}' is not of the form "group/name"`);
  }
  const files = TRACEFS.map((folder) => `${folder}/events/${name}/id`);
  const how = "check that the tracepoint exists and that tracefs is mounted";
  const type = PERF_TYPE.TRACEPOINT;
  const event = { type, config: readNumber(program, files, how) };
  return made(program, `tracepoint ${name}`, event, everywhere, targets);
}

/** Opens a kprobe for a location or a return in the kernel: `SEC("kprobe/FUNCTION+OFFSET")`. */
export function kernelProbe(program: Program, options: AttachOptions, targets: Targets): number {
  const { section, target } = program.spec;
  const place = options.symbols?.[0] ?? target;
  if (place === undefined || (options.symbols?.length ?? 1) !== 1) {
    wants(program, "symbols: exactly one kernel function");
  }
  const { name, offset } = symbolAndOffset(place, options.offset);
  const ofCalls = /^k(ret)?syscall/.test(section);
  const names = ofCalls ? SYSCALLS.map((prefix) => `${prefix}sys_${name}`) : [name];
  const event = pmu(program, "kprobe", section.startsWith("kret"));
  let ret: number = -Errno.ENOENT;
  for (const kprobe_func of names) {
    const attr = { ...event, kprobe_func, probe_offset: offset };
    ret = perfEventOpen(program.task, attr, everywhere.pid, everywhere.cpu);
    if (ret !== -Errno.ENOENT) break;
  }
  return targets.adopt({ syscall: "perf_event_open", cmd: `kprobe ${place}` }, ret);
}

/** Prefixes of system call functions in the kernel, by machine. */
const SYSCALLS = ["__x64_", "__arm64_", "__se_"];

/** Opens a uprobe for a location or a return: `SEC("uprobe/PATH:FUNCTION+OFFSET")`. */
export function userProbe(program: Program, options: AttachOptions, targets: Targets): number {
  const { path, places } = userPlaces(program, options);
  const [place] = places;
  if (place === undefined || places.length !== 1) wants(program, "symbols: exactly one function");
  const event = pmu(program, "uprobe", program.spec.section.startsWith("uret"));
  const { pid = -1 } = options;
  // The kernel requires one CPU for an event of all processes, but the uprobe fires on all CPUs.
  const whose = { pid, cpu: pid < 0 ? 0 : -1 };
  const attr = { ...event, uprobe_path: path, probe_offset: place };
  return made(program, `uprobe ${path}`, attr, whose, targets);
}

/** Returns the file of a uprobe, and the file offsets of its functions. */
export function userPlaces(
  program: Program,
  options: AttachOptions,
): { readonly path: string; readonly places: readonly number[] } {
  const [, inSection, symbol] = /^(.*?)(?::([^:]*))?$/s.exec(program.spec.target ?? "") ?? [];
  const path = options.binary ?? inSection;
  if (!path) wants(program, "binary: the path of an executable or library");
  const names = options.symbols ?? (symbol ? [symbol] : []);
  if (names.length === 0) {
    if (options.offset === undefined) wants(program, "symbols: functions of the file, or offset");
    return { path, places: [options.offset] };
  }
  const places = names.map((text) => {
    const { name, offset } = symbolAndOffset(text, options.offset);
    return placeInFile(program, path, name) + offset;
  });
  return { path, places };
}

/** Splits `function+0x10`, and adds the option `offset`. */
function symbolAndOffset(
  text: string,
  given: number | undefined,
): { readonly name: string; readonly offset: number } {
  const [, name = text, digits] = /^(.*)\+(0x[\da-f]+|\d+)$/i.exec(text) ?? [];
  return { name, offset: (digits === undefined ? 0 : Number(digits)) + (given ?? 0) };
}

/** A tracepoint or kprobe is not limited to a process. */
const everywhere = { pid: -1, cpu: 0 };

function made(
  program: Program,
  cmd: string,
  event: Event,
  { pid, cpu }: typeof everywhere,
  targets: Targets,
): number {
  const ret = perfEventOpen(program.task, event, pid, cpu);
  return targets.adopt({ syscall: "perf_event_open", cmd }, ret);
}

/** Returns the event type of a kprobe or uprobe, which sysfs contains since Linux 4.17. */
function pmu(program: Program, name: "kprobe" | "uprobe", returns: boolean): Event {
  const folder = `${PMUS}/${name}`;
  const how = `check that the kernel has ${name}s and that sysfs is mounted`;
  const type = readNumber(program, [`${folder}/type`], how);
  if (!returns) return { type };
  const bit = readNumber(program, [`${folder}/format/retprobe`], how, /^config:(\d+)/);
  return { type, config: 2 ** bit };
}

/** Reads a number from the first of several files that exists. */
function readNumber(
  program: Program,
  files: readonly string[],
  how: string,
  pattern = /^(\d+)/,
): number {
  let ret = 0;
  for (const file of files) {
    const bytes = readBytes(program.task, file);
    if (typeof bytes !== "number") {
      const number = pattern.exec(new TextDecoder().decode(bytes))?.[1];
      if (number !== undefined) return Number(number);
    } else if (ret === 0) ret = bytes;
  }
  // If the kernel has no perf events at all, this call throws the clearer error.
  raw.perf_event_open(program.task, null, 0, -1, -1, 0);
  const why = ret === 0 ? "the file contains no number" : errnoName(ret);
  throw new AttachError(program.name, `cannot read '${files[0]}' (${why}): ${how}`);
}
