// SPDX-License-Identifier: MIT
import { type KernelRelease, kernelReleases } from "@bpf-token/uapi";
import type { Diagnostic, WasmCompiler } from "@bpf-token/upstream";
import type { FoundSource, Stored, StoredModule, UpstreamStore } from "@bpf-token/upstream/node";
import type { Command, Context } from "../command.js";
import { readRelease } from "../input/release.js";
import {
  Exit,
  type ExitCode,
  FindingError,
  InconclusiveError,
  oneOf,
  UsageError,
} from "../usage.js";

const HELP = "bpf-token upstream --help";

const actions = ["build", "list", "show", "remove"] as const;

/** `bpf-token upstream`: compiles upstream source into a kernel that runs scenarios. */
export const upstream: Command = {
  usage: `usage: bpf-token upstream build SOURCE [--base SOURCE] [--name N]
                                [--as RELEASE]
       bpf-token upstream list | show N | remove N

Extracts kernel/bpf/token.c, and inode.c if present, from SOURCE. Compiles the
files unmodified together with the model, and stores the module in the user's
cache. Other commands accept it as a subject:
'bpf-token run --subject upstream:N scenario.yaml'.

SOURCE is a patch, a mail or a mailbox that contains the files; a token.c, also
one that you edited; the directory of a kernel tree, or DIR@REVISION of a git
checkout; or an archive such as linux-source-6.12.tar.xz. A patch that changes
the files needs --base.

  --base SOURCE      what a patch applies to; a patch of 'diff -u' or of git
  --name N           name of the module; default is the release
  --as RELEASE       release to compile for, if the source does not state it
  --no-inode         compile token.c only, even if there is an inode.c
  --compiler C       path of a clang, or 'yowasp' for the one from npm; default
                     is a clang on this machine, else the one from npm
  --json             print the result as JSON

exit codes: 0 done, 1 the source does not compile, 2 usage, or SOURCE cannot be
            read, 3 there is no compiler, or no such module

examples:
  bpf-token upstream build bpf-token-v10.mbox --name v10
  bpf-token upstream build /usr/src/linux-source-6.12.tar.xz
  bpf-token upstream build ~/linux@v6.15 --name v6.15
  bpf-token upstream build fix.patch --base ~/linux --name fix
  bpf-token upstream build my-token.c --as 6.18 --name mine
`,
  options: {
    name: { type: "string" },
    as: { type: "string" },
    base: { type: "string" },
    compiler: { type: "string" },
    "no-inode": { type: "boolean" },
  },
  words: actions,
  run: async (context) => {
    const [word, ...rest] = context.parsed.files;
    if (word === undefined)
      throw new UsageError("upstream: the action is missing: build, list, show or remove", HELP);
    const what = oneOf("action", word, actions);
    const { storeFolder, UpstreamStore } = await import("@bpf-token/upstream/node");
    const store = new UpstreamStore(storeFolder(context.io.env));
    if (what === "list") return list(context, store);
    const [name] = rest;
    if (name === undefined || rest.length > 1) {
      throw new UsageError(
        `upstream ${what}: needs exactly one ${what === "build" ? "SOURCE" : "NAME"}`,
        HELP,
      );
    }
    if (what === "build") return build(context, store, name);
    const none = (): never => {
      throw new InconclusiveError(`there is no upstream module '${name}'`);
    };
    if (what === "show") {
      const problem = store.problems().find(({ entry }) => entry === name);
      if (problem !== undefined) throw problem;
      return show(context, (await store.list()).find((one) => one.name === name) ?? none());
    }
    if (!store.remove(name)) none();
    if (context.json) context.printJson("upstream-remove", { name });
    return Exit.FINE;
  },
};

async function build(context: Context, store: UpstreamStore, source: string): Promise<ExitCode> {
  const { values } = context.parsed;
  const [{ CompileError, CompilerError, formatDiagnostic, SourceError }, { findSource }] =
    await Promise.all([import("@bpf-token/upstream"), import("@bpf-token/upstream/node")]);
  try {
    // An archive of a kernel takes long to read, so what is missing is reported before.
    const compiler = await compilerFor(values.compiler);
    const found = await findSource(source, {
      inode: values["no-inode"] !== true,
      ...(values.base === undefined ? {} : { base: String(values.base) }),
    });
    const release = await releaseFor(context, found);
    const name = String(values.name ?? release);
    const request = { name, source, files: found.files, release, compiler };
    printBuilt(context, await store.build(request), formatDiagnostic);
    return Exit.FINE;
  } catch (error) {
    if (error instanceof SourceError) {
      throw new UsageError(`upstream build: ${error.message}`, "", error.hunk);
    }
    if (error instanceof CompilerError) {
      throw new InconclusiveError(`upstream build: ${error.message}`);
    }
    if (error instanceof RangeError) throw new UsageError(`upstream build: ${error.message}`, HELP);
    if (!(error instanceof CompileError)) throw error;
    const [message = "", ...more] = error.message.split("\n");
    throw new FindingError(`upstream build: ${message}`, more);
  }
}

/** The release of `--as`, else that of a known source text, else that of the kernel tree. */
export async function releaseFor(context: Context, found: FoundSource): Promise<KernelRelease> {
  const { as } = context.parsed.values;
  if (as !== undefined) return readRelease(String(as), context);
  const { releaseOfTexts } = await import("@bpf-token/upstream");
  const release = (await releaseOfTexts(found.files, found.release)) ?? found.release;
  if (release !== undefined) {
    if (
      found.says !== undefined &&
      !found.says.startsWith(`${release}.`) &&
      found.says !== release
    ) {
      const note = `compiling Linux ${found.says} as ${release}, the nearest older release that is known`;
      context.note(note);
    }
    return release;
  }
  const why =
    found.says === undefined ? "is unknown" : `is Linux ${found.says}, which has no model`;
  throw new UsageError(
    `the release of the source ${why}; give one with --as, e.g. --as 6.12 (known: ${kernelReleases.join(", ")})`,
    HELP,
  );
}

/** The compiler of `--compiler`. */
export async function compilerFor(asked: unknown): Promise<WasmCompiler> {
  const { defaultCompiler, systemCompiler, threadedYowaspCompiler } = await import(
    "@bpf-token/upstream/node"
  );
  if (asked === "yowasp") return threadedYowaspCompiler();
  return asked === undefined ? defaultCompiler() : systemCompiler(String(asked));
}

function printBuilt(context: Context, stored: Stored, format: (d: Diagnostic) => string): void {
  for (const warning of stored.warnings) context.io.stderr.line(format(warning));
  if (context.json) {
    context.printJson("upstream-build", stored);
    return;
  }
  const { name, origin, size, cached } = stored;
  const how = cached ? "already built" : `${size} bytes`;
  context.line(`upstream:${name}, Linux ${origin.release}: ${how}`);
  for (const { path, sha256 } of origin.files) context.line(`  ${path}  sha256 ${sha256}`);
  context.line(`to run it: bpf-token run --subject upstream:${name} FILE…`);
}

async function list(context: Context, store: UpstreamStore): Promise<ExitCode> {
  const modules = await store.list();
  for (const { message } of store.problems()) context.io.stderr.line(`bpf-token: ${message}`);
  if (context.json) {
    context.printJson("upstream-list", { modules });
    return Exit.FINE;
  }
  if (modules.length === 0)
    context.line("there are no modules; 'bpf-token upstream build SOURCE' builds one");
  for (const { name, origin, source, current } of modules) {
    const stale = current
      ? ""
      : context.paint("warn", "  (built by another version of bpf-token: build it again)");
    const files = origin.files.map(({ path }) => path.split("/").at(-1)).join(", ");
    context.line(
      `${name.padEnd(16)} Linux ${origin.release.padEnd(12)} ${files}  ${source}${stale}`,
    );
  }
  return Exit.FINE;
}

function show(context: Context, module: StoredModule): Exit {
  if (context.json) {
    context.printJson("upstream-show", module);
    return Exit.FINE;
  }
  const { origin } = module;
  context.line(`upstream:${module.name}`);
  const rows: (readonly [string, string])[] = [
    ["source", module.source],
    ["revision", origin.revision ?? "unknown source text"],
    ["release", origin.release],
    ["compiler", module.compiler],
    [
      "module",
      `${module.size} bytes${module.current ? "" : ", built by another version of bpf-token"}`,
    ],
  ];
  for (const [label, text] of rows) context.line(`  ${label.padEnd(10)}${text}`);
  for (const { path, sha256, size, uses } of origin.files) {
    context.line(`  ${path}, ${size} bytes, sha256 ${sha256}`);
    context.line(`    calls ${uses.length} functions of the stub kernel: ${uses.join(", ")}`);
  }
  return Exit.FINE;
}
