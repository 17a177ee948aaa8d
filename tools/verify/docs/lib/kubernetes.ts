// SPDX-License-Identifier: MIT
// What docs/kubernetes.md says to write. The tests use it as it stands there, so that the page has it alone.
import { readFileSync } from "node:fs";
import { parse as parseToml } from "smol-toml";
import { parseAllDocuments } from "yaml";
import { root } from "../../../lib/run.mjs";
import { blocksOf } from "./blocks.mjs";

/** A volume of the DaemonSet: a folder of the node, or the ConfigMap. */
export interface Volume {
  readonly name: string;
  readonly hostPath?: { readonly path: string };
  readonly configMap?: { readonly name: string };
}

/** A container of the page. */
export interface PageContainer {
  readonly name: string;
  readonly command: readonly string[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } };
}

/** An object of Kubernetes, with the fields that the page writes. */
export interface PageObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly hostUsers: boolean;
    readonly containers: readonly PageContainer[];
    readonly template: {
      readonly spec: {
        readonly initContainers: readonly PageContainer[];
        readonly containers: readonly PageContainer[];
        readonly volumes: readonly Volume[];
      };
    };
  };
}

/** A runtime in the configuration of containerd. */
export interface PageRuntime {
  readonly runtime_type: string;
  readonly pod_annotations: readonly string[];
  readonly options: { readonly BinaryName: string };
}

/** The plugins in the configuration of containerd, by name. */
export interface PageTables {
  readonly version: number;
  readonly plugins: Readonly<
    Record<
      string,
      {
        readonly disable?: boolean;
        readonly containerd?: { runtimes: Record<string, PageRuntime> };
      }
    >
  >;
}

/** The name of NRI's table, in both versions of containerd. */
export const NRI = "io.containerd.nri.v1.nri";

const text = readFileSync(`${root}docs/kubernetes.md`, "utf8");

/**
 * Parses the YAML blocks of a page.
 *
 * @throws Error for a block that is not valid YAML 1.2, or has a key twice.
 */
export function yamlObjects(page: string): readonly PageObject[] {
  return blocksOf("kubernetes.md", page)
    .filter(({ language }) => language === "yaml")
    .flatMap(({ code, line }) =>
      [...parseAllDocuments(code)].map((document) => {
        const [wrong] = [...document.errors, ...document.warnings];
        if (wrong !== undefined) throw new Error(`kubernetes.md:${line}: ${wrong.message}`);
        return document.toJS() as PageObject;
      }),
    );
}

/**
 * Parses the blocks of a page that are configurations of containerd.
 *
 * @throws Error for a block that is not valid TOML.
 */
export function containerdTables(page: string): readonly PageTables[] {
  return blocksOf("kubernetes.md", page)
    .filter(({ language, code }) => language === "text" && code.startsWith("version = "))
    .map(({ code }) => parseToml(code) as unknown as PageTables);
}

/** The only object of a kind on the page. */
export function pageObject(kind: string): PageObject {
  const [found, ...more] = yamlObjects(text).filter((one) => one.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`kubernetes.md: not one ${kind}`);
  return found;
}

/** The configuration of the page that has a plugin's table. */
export function pageTables(plugin: string): PageTables {
  const found = containerdTables(text).find(({ plugins }) => Object.hasOwn(plugins, plugin));
  if (found === undefined) throw new Error(`kubernetes.md: no table ${plugin}`);
  return found;
}

/** The name of CRI's table, which the page has for containerd 1.7 in a block and for 2 in a sentence. */
export function criTable(version: "1.7" | "2.1"): string {
  const pattern = version === "1.7" ? /^\[plugins\."([\w.]+\.cri)"\./m : /`\[plugins\."([\w.]+)"`/;
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`kubernetes.md: no table of CRI in ${version}`);
  return found;
}

/** The runtime of the page without NRI. */
export function pageRuntime(): PageRuntime {
  const cri = criTable("1.7");
  const found = pageTables(cri).plugins[cri]?.containerd?.runtimes["bpf-token"];
  if (found === undefined) throw new Error("kubernetes.md: no runtime bpf-token");
  return found;
}
