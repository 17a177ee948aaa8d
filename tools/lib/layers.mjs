// SPDX-License-Identifier: MIT
// Which package may import which. ESLint enforces this table. tools/lib/test/layers.test.ts compares
// it with the folders in packages/, with their real imports and with docs/architecture.md.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

/** A layer is a package. The value lists the packages that its sources import. */
export const layers = {
  uapi: [],
  delegation: ["uapi"],
  syscall: ["delegation", "uapi"],
  object: ["uapi"],
  "kernel-wasm": ["syscall", "uapi"],
  "kernel-native": ["syscall", "uapi"],
  "kernel-bpf": ["kernel-wasm", "syscall", "uapi"],
  loader: ["delegation", "object", "syscall", "uapi"],
  scenario: ["syscall", "uapi"],
  upstream: ["kernel-wasm", "uapi"],
  fuzz: ["kernel-wasm", "scenario", "syscall", "uapi", "upstream"],
  diagnose: ["delegation", "kernel-wasm", "object", "syscall", "uapi"],
  conformance: ["scenario", "syscall", "uapi"],
  "bpf-token": [
    "delegation",
    "diagnose",
    "fuzz",
    "kernel-bpf",
    "kernel-native",
    "kernel-wasm",
    "loader",
    "object",
    "scenario",
    "syscall",
    "uapi",
    "upstream",
  ],
  playground: [
    "bpf-token",
    "conformance",
    "delegation",
    "diagnose",
    "fuzz",
    "kernel-bpf",
    "kernel-wasm",
    "loader",
    "object",
    "scenario",
    "syscall",
    "uapi",
    "upstream",
  ],
};

/** Additional imports of tests, which pass kernels to code that accepts any kernel. */
const testsOnly = {
  loader: ["kernel-native", "kernel-wasm"],
  upstream: ["syscall"],
  conformance: ["kernel-native", "kernel-wasm", "upstream"],
};

/** The layers for tests. */
export const testLayers = Object.fromEntries(
  Object.entries(layers).map(([layer, below]) => [layer, [...below, ...(testsOnly[layer] ?? [])]]),
);

/** The packages as their manifests describe them, by folder name. */
export function readPackages() {
  return readdirSync(packages).map((folder) => {
    const manifest = JSON.parse(readFileSync(`${packages}${folder}/package.json`, "utf8"));
    const values = (key) =>
      manifest.nx.tags.filter((tag) => tag.startsWith(key)).map((tag) => tag.slice(key.length));
    return { folder, name: manifest.name, layers: values("layer:"), env: values("env:"), manifest };
  });
}
