// SPDX-License-Identifier: MIT
import type { PolicyLoader } from "bpf-token/policy";
import type { JSX } from "preact";
import { route, setFields } from "../store.js";
import { Choice } from "./fields.js";

const words: Readonly<Record<PolicyLoader, string>> = {
  libbpf: "libbpf 1.4 to 1.7",
  "libbpf@1.4": "libbpf 1.4",
  "libbpf@1.5": "libbpf 1.5",
  "libbpf@1.6": "libbpf 1.6",
  "libbpf@1.7": "libbpf 1.7",
  "libbpf@head": "libbpf after 1.7",
  cilium: "cilium/ebpf 0.22",
  libxdp: "libxdp",
  bpftool: "bpftool",
  tc: "tc",
  "bpf-token": "bpf-token's loader",
};
const names = Object.keys(words) as PolicyLoader[];

/** The loader that the address names; libbpf without one. */
export function loaderOf(fields: ReadonlyMap<string, string>): PolicyLoader {
  return names.find((name) => name === fields.get("loader")) ?? "libbpf";
}

/** Chooses the loader, whose probes and calls decide what must be delegated. */
export function LoaderChoice(): JSX.Element {
  return (
    <Choice
      label="Loader"
      value={loaderOf(route.value.fields)}
      values={names}
      word={(name) => words[name]}
      onChange={(next) => setFields({ loader: next }, "push")}
    />
  );
}
