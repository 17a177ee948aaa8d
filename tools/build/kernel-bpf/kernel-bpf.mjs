#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { assertSame, objectsOf } from "./lib/again.mjs";
import { btfOfImage } from "./lib/btf.mjs";
import { compileAll } from "./lib/compile.mjs";
import { BpfKernelError } from "./lib/errors.mjs";
import { fetchMissing } from "./lib/fetch.mjs";
import { kernelFlags, onlyFolder } from "./lib/flags.mjs";
import { checkGates, optionsLeftOut } from "./lib/gates.mjs";
import { generateBounds, generateHeaders, optionsOf } from "./lib/generate.mjs";
import { link } from "./lib/link.mjs";
import { lower } from "./lib/lower.mjs";
import { findPrograms, programRunner } from "./lib/programs.mjs";
import { parseConfig, readRecipe, releases, subsystem } from "./lib/recipe.mjs";
import { findArchive, findConfig, readConfigText, sha256, unpack } from "./lib/source.mjs";

const HELP = `usage: npm run kernel-bpf -- build RELEASE [options]

Compiles Linux's own BPF subsystem, with its verifier, to a WebAssembly module.
RELEASE is ${releases.join(" or ")}. The module and the kernel's BTF go to the user's cache, from
where 'bpf-token verify' and @bpf-token/kernel-bpf load them.

The source, its configuration and the kernel image come from Debian:
'npm run guest -- source RELEASE' and 'npm run guest -- build RELEASE'.
Builds the packages first, if necessary.

Options:
  --fetch           first download with these commands what is missing
  --source TARBALL  the kernel's source; default: Debian's linux-source-RELEASE
  --config FILE     the configuration of the distribution's kernel
  --image VMLINUX   the kernel image, for its BTF; default: that of the guest
  --out DIR         write to this folder, not to the cache
  --jobs N          compile N files at a time; default: one per processor
  --again           build once more and compare: the module must have the same
                    sha256 as the one in the cache or in DIR
  --objects DIR     with --again: compile a quarter of the sources, another one
                    each day; DIR, which --keep wrote, has the other objects
  --update-lists    write the lists of what the module omits
  --keep DIR        keep the work folder here

Exit codes: 0 built; 1 the source does not build, a list differs, or with --again
the module differs; 2 usage; 3 something is missing on this machine.`;

const options = {
  fetch: flag,
  source: { type: "string" },
  config: { type: "string" },
  image: { type: "string" },
  out: { type: "string" },
  jobs: { type: "string" },
  keep: { type: "string" },
  again: flag,
  objects: { type: "string" },
  "update-lists": flag,
};

function refine({ values, positionals: [verb, release, ...more] }) {
  if (verb !== "build" || more.length > 0) throw new RangeError("the command is: build RELEASE");
  if (!releases.includes(release))
    throw new RangeError(`unknown release '${release ?? ""}' (known: ${releases.join(", ")})`);
  if (values.objects !== undefined && !values.again)
    throw new RangeError("--objects needs --again");
  const jobs =
    values.jobs === undefined ? availableParallelism() : wholeNumber("jobs", values.jobs);
  return { ...values, release, jobs };
}

/** Prints progress on a terminal. */
function progress(done, all) {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} sources`);
}

async function buildIn(folder, options, inputs) {
  const { recipe, programs, config, run } = inputs;
  copyFileSync(inputs.source, join(folder, "source"));
  mkdirSync(join(folder, "linux"));
  cpSync(subsystem, join(folder, "glue"), { recursive: true });
  const { version, sha256: source } = await unpack(run, inputs.source, folder, options.release);
  const chosen = optionsOf(recipe, config);
  generateHeaders(folder, recipe, chosen, version);
  const flags = kernelFlags(onlyFolder(folder, programs.resources));
  await generateBounds(run, folder, programs, flags);
  const jobs = Math.max(1, options.jobs);
  const work = { run, folder, recipe, programs, flags };
  const earlier =
    options.objects && objectsOf(options.objects, folder, { files: recipe.files, every: 4 });
  const compiled = await compileAll({ ...work, jobs, earlier, onFile: progress });
  const undefinedNames = await link({ ...work, ...compiled });
  const left = optionsLeftOut(folder, recipe, config, chosen);
  checkGates(recipe, { ...undefinedNames, options: left }, options["update-lists"]);
  return {
    module: await lower(folder),
    version: version.join("."),
    source,
    left,
    config: inputs.text,
  };
}

/** The BTF must be that of the source, or ids of the module name other types. */
function readImage(path, release) {
  const image = btfOfImage(path);
  if (!image.release.startsWith(`${release}.`) && !image.release.startsWith(`${release}-`))
    throw new BpfKernelError(`${path} is Linux ${image.release}, but the release is ${release}`);
  return image;
}

function keep(out, built, image, about) {
  mkdirSync(out, { recursive: true });
  const files = {
    "kernel.wasm": built.module,
    "vmlinux.btf": image.btf,
    config: built.config,
    "kernel.json": `${JSON.stringify(about, null, 2)}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(out, `${name}.new`), content);
    renameSync(join(out, `${name}.new`), join(out, name));
  }
}

/** Where the command and the package look for a release. */
async function cacheFolder(release) {
  const { bpfKernelFolder } = await import("../../../packages/kernel-bpf/dist/node/index.js");
  return join(bpfKernelFolder(), release);
}

async function build(options) {
  if (!buildQuietly("bpf-token"))
    throw new BpfKernelError("the packages do not build. Fix: npm run build");
  const started = performance.now();
  const { guestsFolder } = await import("../../../packages/kernel-native/dist/index.js");
  const programs = findPrograms();
  const places = { ...options, guests: guestsFolder() };
  const imagePath = options.image ?? join(guestsFolder(), options.release, "vmlinux");
  if (options.fetch) fetchMissing(options.release, places, imagePath);
  const source = findArchive(options.release, places);
  const config = findConfig(options.release, places);
  const image = readImage(imagePath, options.release);
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), "kernel-bpf-"));
  try {
    mkdirSync(folder, { recursive: true });
    const text = readConfigText(config);
    const inputs = {
      source,
      text,
      programs,
      recipe: readRecipe(options.release),
      config: parseConfig(text),
      run: await programRunner(folder),
    };
    const built = await buildIn(folder, options, inputs);
    const about = {
      release: built.version,
      image: image.release,
      sha256: sha256(built.module),
      source: built.source,
      btf: sha256(image.btf),
      compiler: programs.id,
    };
    const out = options.out ?? (await cacheFolder(options.release));
    if (options.again) assertSame(out, about);
    else keep(out, built, image, about);
    print(out, built, about, started);
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function print(out, built, about, started) {
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const packed = gzipSync(built.module, { level: 9 }).length;
  console.log(`Linux ${about.release}, BTF of ${about.image}`);
  console.log(`${join(out, "kernel.wasm")}: ${built.module.length} bytes, ${packed} with gzip`);
  console.log(`sha256 ${about.sha256}`);
  console.log(`${built.left.length} options of the distribution are omitted; ${seconds} s`);
}

try {
  await build(readOptions(HELP, { options, allowPositionals: true }, refine));
} catch (error) {
  const missing = error.code === "ENOENT" || error.code === "ERR_MODULE_NOT_FOUND";
  if (!(error instanceof BpfKernelError) && !missing) throw error;
  console.error(`kernel-bpf: ${error.message}`);
  process.exitCode = error.exitCode ?? 3;
}
