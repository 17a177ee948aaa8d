// SPDX-License-Identifier: MIT
// The program for the commands that a person waits for, as CommonJS modules with what they need from all packages:
// docs/decisions/0004-a-quick-start.md.
import { join, relative, sep } from "node:path";
import { rolldown } from "rolldown";
import { ascii } from "./ascii.mjs";
import { moduleOfPackages } from "./quick.mjs";

/** The commands that start from these files; bin/bpf-token.js has the same list. */
export const quickCommands = ["demo", "doctor", "explain", "trace"];
const FOLDER = "start";
const START = "start";

/** Packages that these commands do not load, and which would need files of their own. */
const elsewhere = /^@bpf-token\/(?:kernel-bpf|upstream|fuzz|kernel-wasm\/sdk)/;
const PICK = "\0pick:";

/**
 * Replaces the import of a few names on demand, `const { a } = await import("x")`, by that of a module
 * which has only them. So a bundle omits the rest of a package.
 */
export const pickNames = (code) =>
  code.replace(
    /\b(const|let) \{([^{}]*)\} = await import\(\s*"((?:@bpf-token\/|\.)[^"]+)",?\s*\)/g,
    (_, keyword, names, from) => {
      const wanted = names
        .split(",")
        .map((one) => one.trim().replace(/:.*/, ""))
        .filter((one) => one !== "");
      return `${keyword} {${names}} = await import("pick:${wanted.join(",")}:${from}")`;
    },
  );

/** Node's own modules are required: `import()` would start its second module loader. */
const requireOfNode = (code) =>
  code.replace(/\bimport\("(node:[^"]+)"\)/g, 'Promise.resolve(require("$1"))');

const CLI = "json|output|system-error|usage|input/release|text/(?:block|finding-page|paint)";
/** What `@bpf-token/uapi/names` exports. */
const NAMES =
  "errno-name|linux-code|members|nearest|needs|page-of|releases|resolve-release|generated/(?:capability|errno|members|needs|releases)";
/** What commands other than `explain` need of its modules. */
const CAUSES =
  "explain/(?:cause|permission-message|verifier-messages|causes/.*|rules/(?:refused|rule|verifier))";

const packages = join(import.meta.dirname, "../../../../packages");
/** The path of a module in the folder of all packages. */
const inPackages = (id) => relative(packages, id).replaceAll(sep, "/");

/** Modules that are needed at the same time, by their paths: fewer files start faster. The first group counts. */
const groups = Object.entries({
  command: [`bpf-token/src/(?:cli/(?:${CLI})|text/(?:paint|wrap))`, `uapi/src/(?:${NAMES})`],
  facts: ["(?:uapi|delegation|syscall)/src/.*", "bpf-token/src/explain/.*"],
  judging: [`diagnose/src/(?:(?:doctor|evidence|replay|seccomp)/.*|${CAUSES}|[\\w-]+)`],
  explaining: ["diagnose/src/explain/.*"],
  objects: ["object/src/.*"],
}).map(([name, paths]) => {
  const test = new RegExp(`^(?:${paths.join("|")})\\.ts$`);
  const isInside = (id) => test.test(inPackages(id));
  // The modules that stand for packages are about facts, too.
  return { name, test: (id) => isInside(id) || (name === "facts" && /^\0(?!pick:)/.test(id)) };
});

/** The name of a file: that of its group, or of the module or the first name that others import. */
function fileName({ name, facadeModuleId }) {
  const [, picked] = /^\0pick:(\w+)/.exec(facadeModuleId ?? "") ?? [];
  const [, owner, path] = /^([^/]*)\/src\/(.*)\.ts$/.exec(inPackages(facadeModuleId ?? "")) ?? [];
  if (owner === undefined || owner === "bpf-token") return `${FOLDER}/${picked ?? name}.cjs`;
  return `${FOLDER}/${owner}${path === "index" ? "" : `-${path.replaceAll("/", "-")}`}.cjs`;
}

/** The banner comes here, because the minifier removes comments. */
function generateBundle(_, output) {
  for (const chunk of Object.values(output)) {
    chunk.code = `// SPDX-License-Identifier: MIT\n${ascii(chunk.code)}`;
  }
}

/** Resolves what {@link pickNames} wrote. */
const picks = {
  name: "picks",
  async resolveId(id, importer) {
    if (!id.startsWith("pick:")) return null;
    const [, names, from] = /^pick:([^:]*):(.*)$/.exec(id);
    const found = await this.resolve(from, importer);
    if (found === null || found.external) return found;
    return `${PICK}${names}:${found.id}`;
  },
  load(id) {
    if (!id.startsWith(PICK)) return null;
    const [, names, from] = /^([^:]*):(.*)$/s.exec(id.slice(PICK.length));
    return { code: `export { ${names} } from ${JSON.stringify(from)};`, moduleSideEffects: false };
  },
};

/** Commands that are not quick, and packages that these commands do not load, stay in their files. */
const others = (source) => ({
  name: "others",
  resolveId(id, importer, { kind }) {
    if (elsewhere.test(id)) return { id, external: true };
    if (importer !== join(source, "cli/command-list.ts") || kind !== "dynamic-import") return null;
    const [, name] = /^\.\/commands\/(.*)\.js$/.exec(id) ?? [];
    if (name === undefined || quickCommands.includes(name)) return null;
    return { id: `../cli/commands/${name}.js`, external: true };
  },
  transform: (code) => requireOfNode(pickNames(code)),
});

/**
 * Writes `dist/start/start.cjs` of the package of the program, and the files that it loads.
 *
 * @returns their paths in `dist`.
 */
export async function writeProgram(folder) {
  const source = join(folder, "src");
  const bundle = await rolldown({
    input: { [START]: join(source, "cli/main.ts") },
    plugins: [picks, others(source), moduleOfPackages(folder)],
    external: /^node:/,
    preserveEntrySignatures: "allow-extension",
    platform: "node",
    resolve: {
      extensionAlias: { ".js": [".ts", ".js"] },
      conditionNames: ["@bpf-token/source"],
    },
    transform: { target: "es2022" },
  });
  const { output } = await bundle.write({
    dir: join(folder, "dist"),
    format: "cjs",
    entryFileNames: `${FOLDER}/[name].cjs`,
    chunkFileNames: fileName,
    codeSplitting: { groups, includeDependenciesRecursively: false },
    minify: { compress: false, mangle: false, codegen: true },
    comments: { annotation: true, jsdoc: false, legal: true },
    plugins: [{ name: "ascii", generateBundle }],
  });
  await bundle.close();
  assertNoCycle(output);
  return output.map(({ fileName }) => fileName);
}

/** A file that needs one that needs it would run before its parts exist. */
export function assertNoCycle(output) {
  const imports = new Map(output.map((one) => [one.fileName, one.imports]));
  const visit = (name, path) => {
    if (path.includes(name))
      throw new Error(`files need each other: ${[...path, name].join(", ")}`);
    for (const next of imports.get(name) ?? []) {
      // Every other file may use the first, which is complete before it loads them.
      if (next !== `${FOLDER}/${START}.cjs`) visit(next, [...path, name]);
    }
  };
  for (const name of imports.keys()) visit(name, []);
}
