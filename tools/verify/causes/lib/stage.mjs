// SPDX-License-Identifier: MIT
// Runs a combination on the running kernel, in namespaces of its own.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { axisNames } from "@bpf-token/delegation";
import { capabilityMask } from "@bpf-token/syscall";
import { Capability } from "@bpf-token/uapi";
import { factsRelease } from "@bpf-token/uapi/names";
import { root } from "../../../lib/run.mjs";
import { bpfRefusingFilter } from "../../../lib/seccomp-filter.mjs";
import { sourceOf } from "./combination.mjs";
import { openPage } from "./page.mjs";

const cli = join(root, "packages/bpf-token/bin/bpf-token.js");
const bin = join(root, `packages/kernel-native/prebuilds/linux-${process.arch}`);
const EPERM = 1;
/** The calls that explain judges, and those that the log needs to be read. */
const traced =
  "bpf,seccomp,prctl,uname,clone,clone3,mount,fsopen,fsconfig,fsmount,unshare,setrlimit,prlimit64,recvmsg,recvfrom,sendto,sendmsg,socket";
const clang = process.env.CLANG ?? "clang-19";

/** Compiles the libbpf loaders, writes the seccomp filter, and opens the page. */
export async function openContext(folder) {
  const sources = {
    load: join(root, "packages/bpf-token/test/fixtures/load.c"),
    attach: join(root, "tools/verify/causes/lib/attach.c"),
  };
  for (const [name, source] of Object.entries(sources)) {
    const made = spawnSync("cc", ["-o", join(folder, name), source, "-lbpf"], { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`the libbpf loader is not compiled: ${made.stderr}`);
  }
  writeFileSync(join(folder, "filter"), bpfRefusingFilter(EPERM));
  return { folder, page: await openPage(), release: factsRelease(release()) };
}

/** Compiles the object of a combination; equal ones once. */
export function objectOf(folder, combination) {
  const { map, section, printk } = combination;
  const name = `${map}-${section.replaceAll("/", "-")}${printk ? "-printk" : ""}`.toLowerCase();
  const file = join(folder, `${name}.bpf.o`);
  if (existsSync(file)) return file;
  const source = join(folder, `${name}.bpf.c`);
  writeFileSync(source, sourceOf(combination));
  const include = "/usr/include/x86_64-linux-gnu";
  const words = [
    "-O2",
    "-g",
    "-target",
    "bpf",
    "-mcpu=v3",
    "-I",
    include,
    "-c",
    source,
    "-o",
    file,
  ];
  const made = spawnSync(clang, words, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`${source} is not compiled: ${made.stderr}`);
  return file;
}

/**
 * A network namespace of the initial user namespace, and its process 1: for bpf-token that of the host.
 * Nothing is attached to an interface of the machine.
 */
const onHost = (command) => [
  ...["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", ...command],
];

/** A network namespace of the container's user namespace, made before the capabilities are dropped. */
function inOwnNetwork(caps, command) {
  const kept = caps.map((name) => `,+cap_${Capability[name]}`).join("");
  return ["unshare", "--net", "setpriv", `--bounding-set=-all${kept}`, "--", ...command];
}

/** The command line that starts a container. The executor reports failures on file descriptor 3. */
function inContainer(folder, { masks, caps, seccomp, netns }, command) {
  const isOwn = netns === "own";
  const held = capabilityMask(isOwn ? [...caps, "SYS_ADMIN", "SETPCAP"] : caps);
  const options = axisNames.flatMap((axis) =>
    masks[axis] === 0n ? [] : [`delegate_${axis}=0x${masks[axis].toString(16)}`],
  );
  const filter = seccomp ? ["setpriv", "--seccomp-filter", join(folder, "filter")] : [];
  return [
    ...["sh", "-c", 'exec "$@" 3>/dev/null', "sh", join(bin, "bpf-exec")],
    ...["delegate", "/sys/fs/bpf", `0x${held.toString(16)}`, "0", ...options, "--"],
    ...(isOwn ? inOwnNetwork(caps, [...filter, ...command]) : [...filter, ...command]),
  ];
}

const execute = (command) => {
  const [program, ...args] = onHost(command);
  return spawnSync(program, args, { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 28 });
};

/** The command of the loader of a combination. */
function loaderOf(folder, { loader, wire }, object) {
  if (wire !== undefined) return [join(folder, "attach"), object, wire];
  return loader === "plain"
    ? [process.execPath, cli, "load", "--json", object]
    : [join(folder, "load"), object];
}

/** Whether the load of a combination succeeds. */
export function loads(folder, combination) {
  const object = objectOf(folder, combination);
  return (
    execute(inContainer(folder, combination, loaderOf(folder, combination, object))).status === 0
  );
}

/** Runs the load of a combination under the recorder. */
export function record(folder, combination) {
  const object = objectOf(folder, combination);
  const command = inContainer(folder, combination, loaderOf(folder, combination, object));
  const file = join(folder, "recording");
  const recorder = join(bin, "bpf-token-record");
  const { status, stdout } = execute([recorder, "-o", file, "--", ...command]);
  const recording = readFileSync(file, "utf8");
  return { ok: status === 0, status, output: stdout, recording, object, command };
}

/**
 * Runs the load of a combination under the recorder and under strace, and doctor in its place.
 *
 * @returns whether it loads, its output, the recording, the log, and the output of doctor.
 */
export function stage(folder, combination) {
  const recorded = record(folder, combination);
  const { object, command } = recorded;
  const log = join(folder, "log");
  const words = ["-f", "-v", "-s", "65536", "-e", `trace=${traced}`, "-o", log];
  const straced = execute(["strace", ...words, ...command]);
  const doctor = ["doctor", "--json", "--try", "--loader", combination.loader, object];
  const asked = execute(inContainer(folder, combination, [process.execPath, cli, ...doctor]));
  return {
    ...recorded,
    sameUnderStrace: straced.status === recorded.status,
    log: `${readFileSync(log, "utf8")}${straced.stderr}`,
    doctor: asked.stdout,
    problem: asked.stderr,
  };
}
