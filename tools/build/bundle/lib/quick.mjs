// SPDX-License-Identifier: MIT
// The quick start of the program, with what `exec --subject model@R` needs from all packages:
// docs/decisions/0004-a-quick-start.md.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { rolldown } from "rolldown";
import { ascii } from "./ascii.mjs";

/** The model keeps its licence, and so its file and its package. */
const MODEL = "@bpf-token/kernel-wasm";
/** What the program loads on demand and always needs on this way; the rest stays in its files. */
const needed = ["./commands/exec.js", "../input/on-subject.js", MODEL];
const LINKED = "linked.cjs";
const QUICK = "quick/main.cjs";

const shown = { name: "ascii", generateBundle };

function generateBundle(_, bundle) {
  for (const chunk of Object.values(bundle)) chunk.code = ascii(chunk.code);
}

/** In Node the WebAssembly module is a file next to the code, and need not be in it once more. */
const moduleBeside = {
  name: "module-beside",
  load(id) {
    if (!id.endsWith("/generated/kernel-module.ts")) return undefined;
    const text = readFileSync(id, "utf8");
    const beside = 'require("node:fs").readFileSync(__dirname + "/kernel.wasm", "base64")';
    return text.replace(/base64:\s*"[^"]*"/, () => `base64: ${beside}`);
  },
};

/**
 * Writes the model as a function of the packages that it imports. So a bundle can give it its own
 * copies of them, and errors have the same classes on both sides.
 *
 * @returns the path of the file in `dist`.
 */
export async function writeLinked(folder) {
  const bundle = await rolldown({
    input: join(folder, "src/index.ts"),
    external: (id) => /^(@bpf-token\/|node:)/.test(id),
    plugins: [moduleBeside, shown],
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    transform: { target: "es2022" },
  });
  await bundle.write({
    file: join(folder, "dist", LINKED),
    format: "iife",
    name: "model",
    globals: (id) => id.slice("@bpf-token/".length),
    comments: { annotation: true, jsdoc: false, legal: true },
    plugins: [
      {
        name: "function",
        generateBundle(_, output) {
          for (const chunk of Object.values(output)) {
            // V8 compiles a function in parentheses at once, and does not parse it a second time.
            chunk.code = `// SPDX-License-Identifier: GPL-2.0-only\nexports.link = (function (syscall, uapi) {\n${chunk.code}\nreturn model;\n});\n`;
          }
        },
      },
    ],
  });
  await bundle.close();
  return LINKED;
}

/** The names that files import from a package. */
export function importedNames(texts, name) {
  const found = texts.flatMap((text) =>
    [...text.matchAll(/^import \{([^}]*)\} from "([^"]+)";$/gm)]
      .filter(([, , from]) => from === name)
      .flatMap(([, names]) => names.split(",").map((one) => one.trim().replace(/ as .*/, ""))),
  );
  return [...new Set(found)].sort();
}

/**
 * The module that finds the folders of packages. It looks where Node does. Only if there is none, it
 * resolves a name as Node does, which reads the package's exports and takes 2 ms longer.
 */
const FOLDERS = "\0folders";
const foldersModule = `import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
export const folderOf = (name) =>
  require.resolve.paths(name).map((folder) => join(folder, name)).find(existsSync) ??
  dirname(require.resolve(name + "/package.json"));
`;
const importFolderOf = `import { folderOf } from ${JSON.stringify(FOLDERS)};\n`;

/** Code for the URL of the built files of the package that runs programs. */
const BUILT_URL = `require("node:url").pathToFileURL(folderOf("@bpf-token/kernel-native") + "/dist/").href`;

/**
 * The module that stands for the model's package: at the first use it links the model with our copies. Most
 * texts that `explain` reads need no model.
 */
function modelModule(folder) {
  const dist = join(folder, "../kernel-wasm/dist");
  const texts = readdirSync(dist)
    .filter((file) => file === "index.js" || /^shared.*\.js$/.test(file))
    .map((file) => readFileSync(join(dist, file), "utf8"));
  const parts = ["syscall", "uapi"].map((name) => ({
    name,
    names: importedNames(texts, `@bpf-token/${name}`).join(", "),
  }));
  return `${importFolderOf}${parts.map(({ name, names }) => `import { ${names} } from "@bpf-token/${name}";`).join("\n")}
let model;
const linked = () =>
  (model ??= require(folderOf("${MODEL}") + "/dist/${LINKED}").link(${parts.map(({ names }) => `{ ${names} }`).join(", ")}));
export const createKernel = (...args) => linked().createKernel(...args);
export const originOf = (...args) => linked().originOf(...args);
`;
}

/**
 * The plugin for a bundle of several packages: it links the model, and finds the programs of the package
 * that has them.
 */
export function moduleOfPackages(folder) {
  const model = `\0${MODEL}`;
  return {
    name: "packages",
    resolveId(id, importer) {
      if (id === MODEL || id === model) return model;
      if (id === FOLDERS) return id;
      if (importer === model && id.startsWith("@")) {
        return this.resolve(id, join(folder, "src/index.ts"));
      }
      return null;
    },
    load(id) {
      if (id === FOLDERS) return foldersModule;
      return id === model ? { code: modelModule(folder), moduleSideEffects: false } : null;
    },
    transform(code, id) {
      if (!id.endsWith(join("kernel-native", "src", "prebuilt.ts"))) return null;
      // The built programs stay in their package.
      return importFolderOf + code.replace("= import.meta.url;", `= ${BUILT_URL};`);
    },
  };
}

/**
 * Replaces `import()` in a module. It needs Node's second module loader, which takes milliseconds to
 * start, so Node's own modules are required. The modules in {@link needed} are imported at once: the
 * bundler would make a function of each, which is parsed twice.
 */
export function withoutImports(code) {
  const names = [];
  const text = code.replace(/\bimport\("([^"]+)"\)/g, (whole, name) => {
    if (name.startsWith("node:")) return `Promise.resolve(require("${name}"))`;
    if (!needed.includes(name)) return whole;
    return `Promise.resolve(needed${names.push(name)})`;
  });
  return names.map((name, i) => `import * as needed${i + 1} from "${name}";\n`).join("") + text;
}

/**
 * Writes `dist/quick/main.cjs` of the package of the program.
 *
 * @returns its path in `dist`.
 */
export async function writeQuick(folder) {
  const source = join(folder, "src");
  const model = `\0${MODEL}`;
  const bundle = await rolldown({
    input: join(source, "cli/main.ts"),
    plugins: [
      shown,
      {
        name: "quick",
        resolveId(id, importer, { kind }) {
          if (id === MODEL) return model;
          if (id === FOLDERS) return id;
          if (id.startsWith("node:")) return { id, external: true };
          if (importer === model) return this.resolve(id, join(source, "index.ts"));
          if (kind !== "dynamic-import") return null;
          if (!id.startsWith(".")) return { id, external: true };
          const path = relative(source, resolve(dirname(importer), id)).replaceAll(sep, "/");
          return { id: `../${path}`, external: true };
        },
        load(id) {
          if (id === FOLDERS) return foldersModule;
          return id === model ? modelModule(folder) : null;
        },
        transform(code, id) {
          const text = withoutImports(code);
          if (!id.endsWith(join("kernel-native", "src", "prebuilt.ts"))) return text;
          // The built programs stay in their package.
          return importFolderOf + text.replace("= import.meta.url;", `= ${BUILT_URL};`);
        },
      },
    ],
    platform: "node",
    resolve: {
      extensionAlias: { ".js": [".ts", ".js"] },
      conditionNames: ["@bpf-token/source"],
    },
    transform: { target: "es2022" },
  });
  await bundle.write({
    file: join(folder, "dist", QUICK),
    format: "cjs",
    // Names stay, for stacks. Spaces were a third of the file.
    minify: { compress: false, mangle: false, codegen: true },
    banner: "// SPDX-License-Identifier: MIT",
    comments: { annotation: true, jsdoc: false, legal: true },
  });
  await bundle.close();
  return QUICK;
}
