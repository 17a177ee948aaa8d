// SPDX-License-Identifier: MIT
import { builtinModules } from "node:module";
import nx from "@nx/eslint-plugin";
import jsonc from "jsonc-eslint-parser";
import tseslint from "typescript-eslint";
import { layers, readPackages, testLayers } from "./tools/lib/layers.mjs";

/** Packages that run anywhere; the command of the umbrella and upstream's `node` entry are Node's. */
const anywhere = readPackages()
  .filter(({ env }) => env.includes("any"))
  .map(({ folder }) => `packages/${folder}/src/**/*.{ts,tsx}`);

function boundaries(table) {
  const depConstraints = Object.entries(table).map(([layer, below]) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: below.map((name) => `layer:${name}`),
  }));
  return [
    "error",
    {
      enforceBuildableLibDependency: true,
      banTransitiveDependencies: true,
      allow: [],
      // The umbrella loads heavy packages lazily and names their types statically.
      checkDynamicDependenciesExceptions: [".*"],
      depConstraints,
    },
  ];
}

const noUsing = ["using", "await using"].map((kind) => ({
  selector: `VariableDeclaration[kind='${kind}']`,
  message: `"${kind}" needs a newer engine than the packages promise; write try/finally`,
}));
/** `kernel.backend` is a name for people. */
const ofKernel = ":matches([object.name='kernel'], [object.property.name='kernel'])";
const noBackendNames = [
  `BinaryExpression > MemberExpression[property.name='backend']${ofKernel}`,
  `MemberExpression[property.name='startsWith'] > MemberExpression[property.name='backend']${ofKernel}`,
].map((selector) => ({
  selector,
  message: "ask kernel.features, or for an optional member of Kernel, not for the backend's name",
}));
const nodeMessage = "this package runs in browsers too; hand the value in, or move the code";
const noNodeImport = {
  selector: "ImportExpression > Literal[value=/^node:/]",
  message: nodeMessage,
};

export default [
  {
    ignores: [
      "**/dist",
      "**/out-tsc",
      "**/build",
      "!tools/build",
      "**/coverage",
      "docs/api",
      "**/generated/**/*.ts",
    ],
  },
  ...tseslint.configs.recommended.map((config) => ({
    ...config,
    files: ["**/*.ts", "**/*.tsx", "**/*.mjs", "**/*.js"],
  })),
  {
    files: ["packages/**/*.{ts,tsx}"],
    plugins: { "@nx": nx },
    rules: { "@nx/enforce-module-boundaries": boundaries(layers) },
  },
  {
    files: ["packages/*/test/**/*.ts"],
    rules: { "@nx/enforce-module-boundaries": boundaries(testLayers) },
  },
  {
    files: ["packages/*/src/**/*.{ts,tsx}"],
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 50 }],
      "no-restricted-syntax": ["error", ...noUsing, ...noBackendNames],
    },
  },
  {
    files: anywhere,
    ignores: [
      "packages/bpf-token/src/cli/**",
      "packages/{upstream,fuzz,diagnose,kernel-bpf}/src/node/**",
    ],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: builtinModules.map((name) => ({ name, message: nodeMessage })),
          patterns: [{ group: ["node:*"], message: nodeMessage }],
        },
      ],
      "no-restricted-globals": [
        "error",
        ...["process", "Buffer", "global", "require", "__dirname", "__filename"].map((name) => ({
          name,
          message: nodeMessage,
        })),
      ],
      "no-restricted-syntax": ["error", ...noUsing, ...noBackendNames, noNodeImport],
    },
  },
  {
    // CommonJS, which Node starts faster.
    files: ["packages/bpf-token/bin/*.js"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    files: ["packages/*/package.json"],
    languageOptions: { parser: jsonc },
    plugins: { "@nx": nx },
    rules: {
      "@nx/dependency-checks": [
        "error",
        {
          buildTargets: ["build"],
          // The build puts what sdk.ts imports into the package.
          ignoredFiles: ["{projectRoot}/test/**/*", "{projectRoot}/src/cli/mcp/sdk.ts"],
          // Optional ones, which commands/test/html.ts requires by their names.
          ignoredDependencies: [
            ...["istanbul-lib-coverage", "istanbul-lib-report", "istanbul-reports"],
          ],
          checkVersionMismatches: true,
        },
      ],
    },
  },
];
