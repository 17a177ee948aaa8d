// SPDX-License-Identifier: MIT
// The OCI image of the executable: a layout in a tar file, written without a daemon.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { extract } from "../inside/extract.mjs";
import { stageArchive } from "./archive.mjs";
import { debianArch } from "./deb.mjs";
import { buildOf } from "./executable.mjs";
import { librariesOf } from "./libraries.mjs";
import { writeTar } from "./tar.mjs";

const MEDIA = "application/vnd.oci.image";
const COMMON = "/usr/share/common-licenses";
const DOCUMENTS = "usr/share/doc";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Copies a file to a path in the image. */
function copy(root, file, path) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  copyFileSync(file, join(root, path));
}

/** Copies the libraries with their licences, and lists their packages and where their source is. */
function addLibraries(root, { arch, debianPackages }) {
  const libraries = librariesOf(join(root, "usr/lib/bpf-token/bpf-token"), arch);
  const lines = new Set();
  for (const { file, path, package: from } of libraries) {
    debianPackages.set(`${from.name}:${from.architecture}`, from);
    copy(root, file, path);
    const licence = `/usr/share/doc/${from.name}/copyright`;
    copy(root, licence, join(DOCUMENTS, from.name, "copyright"));
    for (const [, name] of readFileSync(licence, "utf8").matchAll(/common-licenses\/([\w.-]*\w)/g))
      if (existsSync(join(COMMON, name))) copy(root, join(COMMON, name), join(COMMON, name));
    const source = `https://snapshot.debian.org/package/${from.source}/${from.sourceVersion}/`;
    lines.add(`${from.name} ${from.version} of Debian; complete source: ${source}\n`);
  }
  writeFileSync(join(root, DOCUMENTS, "bpf-token/libraries.txt"), [...lines].join(""));
}

/** Extracts the native programs, so that the image runs with a read-only root file system. */
function addPrograms(root, { cli, arch }) {
  const cache = join(root, "root/.cache");
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const owner = { uid: process.getuid(), env: { XDG_CACHE_HOME: cache } };
  for (const name of readdirSync(join(cli, `prebuilds/linux-${arch}`))) {
    const path = `linux-${arch}/${name}`;
    extract({ name: path, bytes: readFileSync(join(cli, "prebuilds", path)) }, buildOf(cli), owner);
  }
}

/** Writes the root file system; returns its folder. */
async function stageRoot(context) {
  const folder = await stageArchive(context);
  const root = join(context.work, `root-${context.arch}`);
  const program = join(root, "usr/lib/bpf-token");
  const documents = join(root, DOCUMENTS, "bpf-token");
  mkdirSync(documents, { recursive: true });
  mkdirSync(program, { recursive: true });
  for (const name of readdirSync(folder)) {
    const isProgram = ["bpf-token", "bpf-token-collect", "lib"].includes(name);
    cpSync(join(folder, name), join(isProgram ? program : documents, name), { recursive: true });
  }
  mkdirSync(join(root, "usr/bin"));
  symlinkSync("../lib/bpf-token/bpf-token", join(root, "usr/bin/bpf-token"));
  addLibraries(root, context);
  for (const name of ["dev", "etc", "proc", "sys", "tmp"]) mkdirSync(join(root, name));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/\n");
  execFileSync("chmod", ["-R", "u+rw,go+rX,go-w", root]);
  addPrograms(root, context);
  chmodSync(join(root, "tmp"), 0o1777);
  chmodSync(join(root, "root"), 0o700);
  return root;
}

/** A folder of blobs, named by their hashes. */
function blobsIn(layout) {
  const folder = join(layout, "blobs/sha256");
  mkdirSync(folder, { recursive: true });
  const put = (bytes, mediaType) => {
    const hash = sha256(bytes);
    writeFileSync(join(folder, hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  };
  return {
    put: (bytes, type) => put(bytes, `${MEDIA}.${type}`),
    json: (value, type) => put(Buffer.from(JSON.stringify(value)), `${MEDIA}.${type}+json`),
  };
}

/** Writes the image of one architecture; returns its descriptor, and the size of its layer. */
async function writeImage(blobs, context) {
  const { work, arch, epoch, level, version } = context;
  const root = await stageRoot(context);
  const tar = join(work, `layer-${arch}.tar`);
  writeTar(tar, root, ".", epoch);
  rmSync(root, { recursive: true });
  const diff = sha256(readFileSync(tar));
  // Deterministic, because zstd uses one thread.
  execFileSync("zstd", ["--quiet", "--rm", "--single-thread", `-${level === 0 ? 3 : 19}`, tar]);
  const layer = blobs.put(readFileSync(`${tar}.zst`), "layer.v1.tar+zstd");
  rmSync(`${tar}.zst`);
  const created = new Date(epoch * 1000).toISOString();
  const platform = { architecture: debianArch[arch], os: "linux" };
  const title = { "org.opencontainers.image.title": "bpf-token" };
  const config = {
    ...{ created, ...platform },
    config: {
      Entrypoint: ["/usr/bin/bpf-token"],
      Env: ["PATH=/usr/bin", "HOME=/root"],
      WorkingDir: "/",
      Labels: {
        ...title,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "MIT AND GPL-2.0-only",
      },
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${diff}`] },
    history: [{ created, created_by: "npm run tool pack:cli -- image" }],
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: `${MEDIA}.manifest.v1+json`,
    config: blobs.json(config, "config.v1"),
    layers: [layer],
  };
  return { ...blobs.json(manifest, "manifest.v1"), platform };
}

/**
 * Packs the image of all architectures in one index.
 *
 * @returns the path of the tar file.
 */
export async function packImage({ archs, ...context }) {
  const { out, work, epoch, version } = context;
  const layout = join(work, "layout");
  const blobs = blobsIn(layout);
  const manifests = [];
  for (const arch of archs) manifests.push(await writeImage(blobs, { ...context, arch }));
  const index = { schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests };
  // Podman and containerd load it under this name.
  const name = `localhost/bpf-token:${version}`;
  const annotations = {
    "org.opencontainers.image.ref.name": name,
    "io.containerd.image.name": name,
  };
  const top = { ...blobs.json(index, "index.v1"), annotations };
  const write = (file, value) => writeFileSync(join(layout, file), JSON.stringify(value));
  write("oci-layout", { imageLayoutVersion: "1.0.0" });
  write("index.json", { ...index, manifests: [top] });
  const path = join(out, `bpf-token-${version}-image.tar`);
  writeTar(path, layout, ".", epoch);
  return path;
}
