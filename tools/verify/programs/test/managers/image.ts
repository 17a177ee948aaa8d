// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { findClang } from "../../../../../packages/bpf-token/test/cli/compiled.ts";

const FIXTURE = fileURLToPath(
  new URL("../../../../../packages/bpf-token/test/fixtures/count.bpf.c", import.meta.url),
);

/** The name of the image. */
export const IMAGE = "docker.io/library/token:1";

/** Compiles the object that the container loads. */
export function compileObject(folder: string): string {
  const object = join(folder, "count.bpf.o");
  const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-c", FIXTURE, "-o", object];
  const { status, stderr } = spawnSync(findClang() ?? "clang", flags, { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return object;
}

/** Writes an image with busybox, bpftool and an object, in the format of `docker save`. */
export function writeImage(folder: string, object: string): string {
  const root = join(folder, "root");
  for (const name of ["bin", "dev", "etc", "proc", "sys", "tmp", "run", "out"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  for (const name of ["busybox", "bpftool"]) cpSync(pathOf(name), join(root, "bin", name));
  symlinkSync("busybox", join(root, "bin/sh"));
  const { stdout } = spawnSync("ldd", [pathOf("bpftool")], { encoding: "utf8" });
  for (const path of stdout.match(/\/\S+/g) ?? []) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(path, join(root, path), { dereference: true });
  }
  cpSync(object, join(root, "count.bpf.o"));
  const image = join(folder, "image");
  mkdirSync(image);
  pack(root, join(image, "layer.tar"));
  const layer = createHash("sha256")
    .update(readFileSync(join(image, "layer.tar")))
    .digest("hex");
  const config = {
    ...{ architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux" },
    // The container of the sandbox runs this.
    config: { Cmd: ["/bin/busybox", "sleep", "3600"], Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${layer}`] },
  };
  const manifest = [{ Config: "config.json", RepoTags: [IMAGE], Layers: ["layer.tar"] }];
  writeFileSync(join(image, "config.json"), JSON.stringify(config));
  writeFileSync(join(image, "manifest.json"), JSON.stringify(manifest));
  pack(image, join(folder, "image.tar"));
  return join(folder, "image.tar");
}

function pathOf(program: string): string {
  const { stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return stdout.trim();
}

function pack(folder: string, file: string): void {
  const owner = ["--owner=0", "--group=0"];
  const { status, stderr } = spawnSync("tar", ["-C", folder, ...owner, "-cf", file, "."]);
  expect([status, String(stderr)]).toEqual([0, ""]);
}

/**
 * Writes a plugin of CNI that only claims to have an address: the pods need a network for CRI, but do
 * not use it.
 */
export function writeNetwork(folder: string): void {
  const result = {
    ...{ cniVersion: "1.0.0", interfaces: [{ name: "eth0", sandbox: "/proc/self/ns/net" }] },
    ips: [{ address: "10.9.0.2/24", interface: 0 }],
  };
  const script = `#!/bin/sh\ncat >/dev/null\n[ "$CNI_COMMAND" != ADD ] || echo '${JSON.stringify(result)}'\n`;
  mkdirSync(join(folder, "cni/bin"), { recursive: true });
  for (const name of ["fake", "loopback"]) {
    writeFileSync(join(folder, "cni/bin", name), script);
    chmodSync(join(folder, "cni/bin", name), 0o755);
  }
  const list = { cniVersion: "1.0.0", name: "none", plugins: [{ type: "fake" }] };
  writeFileSync(join(folder, "cni/net.conflist"), JSON.stringify(list));
}
