// SPDX-License-Identifier: MIT
// Runs the C unit tests natively. Each *_kunit.c is linked with the whole model, or with the files
// that its LINK: comment names. Needs a C compiler (CC, else cc) with AddressSanitizer and
// UndefinedBehaviorSanitizer; -v prints the commands.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tests = dirname(fileURLToPath(import.meta.url));
const root = dirname(tests);
const cc = process.env.CC ?? "cc";
const verbose = process.argv.includes("-v");
const only = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));

const flags = [
  "-std=gnu11",
  "-g",
  "-O1",
  "-ffreestanding",
  "-fno-strict-aliasing",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
  "-DCONFIG_NATIVE",
  "-Wall",
  "-Wextra",
  "-Wno-unused-parameter",
  "-Werror",
  `-I${join(root, "include")}`,
  `-I${join(root, "include/uapi")}`,
];

/** The sources of a native build, with libc's heap and without WebAssembly. */
function modelSources() {
  const folders = ["fs", "init", "kernel", "lib", "net", "security", "arch/wasm"];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((name) => name.endsWith(".c")),
  );
  const left = new Set([join("lib", "heap.c"), join("arch", "wasm", "traps.c")]);
  const host = [join("arch", "native", "heap.c"), join("arch", "native", "traps.c")];
  return [...files.filter((name) => !left.has(name)).sort(), ...host];
}

function compile(args, what) {
  if (verbose) console.log(cc, args.join(" "));
  const result = spawnSync(cc, args, { cwd: root, encoding: "utf8" });
  if (result.error) {
    console.error(`core-c tests: cannot run ${cc}: ${result.error.message}; set CC`);
    process.exit(3);
  }
  if (result.status !== 0) {
    console.error(`core-c tests: ${what} does not compile\n${result.stderr}`);
    process.exit(1);
  }
}

function objects(sources, folder) {
  return sources.map((source) => {
    const object = join(folder, `${source.replaceAll(/[/\\]/g, "_")}.o`);
    compile([...flags, "-c", source, "-o", object], source);
    return object;
  });
}

function linked(test) {
  const [, files] = /LINK: (.*?) \*\//.exec(readFileSync(join(tests, test), "utf8")) ?? [];
  return files?.split(" ");
}

const build = mkdtempSync(join(tmpdir(), "core-c-"));
let failed = 0;
try {
  const names = readdirSync(tests).filter((name) => name.endsWith("_kunit.c"));
  const wanted = names.filter((name) => !only.length || only.some((part) => name.includes(part)));
  let model;
  for (const name of wanted.sort()) {
    const own = linked(name);
    if (!own) model ??= objects(modelSources(), build);
    const program = join(build, name.replace(/\.c$/, ""));
    const rest = own ? own : model;
    compile([...flags, join(tests, name), ...rest, "-o", program], name);
    const run = spawnSync(program, { stdio: "inherit", timeout: 60_000 });
    if (run.status !== 0) {
      failed++;
      console.error(`core-c tests: ${name}: ${run.signal ?? `exit code ${run.status}`}`);
    }
  }
  if (!wanted.length) {
    console.error(
      `core-c tests: no test matches ${only.join(" ")}; the tests are ${names.join(" ")}`,
    );
    process.exitCode = 2;
  }
} finally {
  rmSync(build, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
