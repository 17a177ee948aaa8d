// SPDX-License-Identifier: MIT
// Compiles the sources of the kernel and our C.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inParallel } from "../../core/lib/parallel.mjs";
import { isOfKfuncs, scanLists, writeLists } from "./btf-ids.mjs";
import { BpfKernelError } from "./errors.mjs";
import { glueFlags, sourceFlags, tagOf, target } from "./flags.mjs";
import { scanInitcalls, writeInitcalls } from "./initcalls.mjs";

const MARKS = /BTF_(ID|SET|KFUNCS)|CREATE_TRACE_POINTS|trace\/events|initcall|module_init/;

/**
 * Compiles everything; returns the objects in link order, and the names of the kfuncs.
 *
 * @param work.earlier - `copy`, which takes the object of a source from an earlier build, and returns
 *   whether it did.
 */
export async function compileAll({ run, folder, recipe, programs, flags, jobs, onFile, earlier }) {
  const missing = recipe.files.filter((path) => !existsSync(join(folder, "linux", path)));
  if (missing.length > 0) throw new BpfKernelError(`the source has no ${missing.join(", ")}`);
  mkdirSync(join(folder, "o"), { recursive: true });
  let done = 0;
  const clang = (args, what) => run(programs.clang, args, what);
  const found = await inParallel(recipe.files, jobs, async (path) => {
    const own = [...flags, ...sourceFlags(path)];
    const object = `o/${tagOf(path)}.o`;
    if (!earlier?.copy(path, object))
      await clang([...own, "-c", `linux/${path}`, "-o", object], path);
    const marks = await scan({ clang, folder, path, own });
    onFile(++done, recipe.files.length);
    return { object, ...marks };
  });
  const lists = found.flatMap((one) => one.lists);
  writeFileSync(join(folder, "gen/btf-lists.c"), writeLists(lists));
  const calls = found.flatMap(({ initcalls }) => initcalls);
  writeFileSync(join(folder, "gen/initcalls.c"), writeInitcalls(calls));
  const own = await compileGlue(clang, folder, flags, jobs);
  const kfuncs = lists.filter(isOfKfuncs).flatMap(({ entries }) => entries.map(({ name }) => name));
  return {
    objects: [...found.map(({ object }) => object), ...own],
    kfuncs: [...new Set(kfuncs)].sort(),
  };
}

/** The lists of BTF ids and the initcalls of a source, from its preprocessed text. */
async function scan({ clang, folder, path, own }) {
  if (!MARKS.test(readFileSync(join(folder, "linux", path), "utf8")))
    return { lists: [], initcalls: [] };
  const output = `o/${tagOf(path)}.i`;
  await clang([...own, "-DBTF_IDS_SCAN", "-E", "-P", `linux/${path}`, "-o", output], path);
  const text = readFileSync(join(folder, output), "utf8");
  return { lists: scanLists(text, tagOf(path)), initcalls: scanInitcalls(text) };
}

async function compileGlue(clang, folder, flags, jobs) {
  const own = readdirSync(join(folder, "glue")).filter((name) => name.endsWith(".c"));
  const sources = [
    ...own.sort().map((name) => [`glue/${name}`, name]),
    ["gen/btf-lists.c", "btf-lists.c"],
    ["gen/initcalls.c", "initcalls.c"],
  ];
  const since7 = /LINUX_VERSION_MAJOR [7-9]/.test(
    readFileSync(join(folder, "gen/generated/uapi/linux/version.h"), "utf8"),
  );
  return inParallel(sources, jobs, async ([path, name]) => {
    const object = `o/glue-${tagOf(name)}.o`;
    // data.c only knows sizes; the kernel's headers declare the types.
    const kind =
      name === "data.c"
        ? [...target, ...(since7 ? ["-DSINCE_7"] : [])]
        : [...flags, ...glueFlags(name), "-Ilinux/kernel/bpf"];
    await clang([...kind, "-c", path, "-o", object], name);
    return object;
  });
}
