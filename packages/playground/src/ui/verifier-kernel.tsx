// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { KernelSource } from "../verify/kernel.js";
import { Drop } from "./drop.js";
import { Choice, Group } from "./fields.js";

/** A kernel for the verifier, by name. */
export interface ChosenKernel {
  readonly name: string;
  readonly source: KernelSource;
}

/** The kernels that the server of the page has; the tool that serves them names them in the page. */
export function servedKernels(): readonly ChosenKernel[] {
  const names = (document.documentElement.dataset.kernels ?? "").split(" ").filter(Boolean);
  return names.map((name) => ({
    name: name.split("-", 1)[0] ?? name,
    source: new URL(`kernels/${name}/`, document.baseURI).href,
  }));
}

const NAMES = ["kernel.wasm", "vmlinux.btf", "config"];
const OWN = "files";

/** The choice of a kernel: one of the server, or three files. */
export function KernelChoice(props: {
  readonly kernel: ChosenKernel | undefined;
  readonly onKernel: (kernel: ChosenKernel | undefined) => void;
}): JSX.Element {
  const { kernel, onKernel } = props;
  const served = servedKernels();
  const isServed = served.some(({ name }) => name === kernel?.name);
  return (
    <Group title="Kernel">
      {served.length > 0 && (
        <Choice
          label="Linux's own BPF subsystem"
          value={isServed ? (kernel?.name ?? OWN) : OWN}
          values={[...served.map(({ name }) => name), OWN]}
          word={(name) => (name === OWN ? "files that you choose" : `Linux ${name}`)}
          onChange={(next) => onKernel(served.find(({ name }) => name === next))}
        />
      )}
      {!isServed && <OwnFiles kernel={kernel} onKernel={onKernel} />}
    </Group>
  );
}

function OwnFiles(props: {
  readonly kernel: ChosenKernel | undefined;
  readonly onKernel: (kernel: ChosenKernel) => void;
}): JSX.Element {
  const [files, setFiles] = useState<ReadonlyMap<string, File>>(new Map());
  const [problem, setProblem] = useState("");
  const take = async (chosen: readonly File[]): Promise<void> => {
    const known = chosen.filter(({ name }) => NAMES.includes(name));
    const all = new Map([...files, ...known.map((file) => [file.name, file] as const)]);
    setFiles(all);
    const missing = NAMES.filter((name) => !all.has(name));
    const found = chosen.length > known.length ? "A file has another name. " : "";
    setProblem(missing.length === 0 ? "" : `${found}Still missing: ${missing.join(", ")}.`);
    if (missing.length > 0) return;
    const read = (name: string): Promise<ArrayBuffer> => (all.get(name) as File).arrayBuffer();
    const [wasm, btf, config] = await Promise.all(NAMES.map(read));
    props.onKernel({
      name: OWN,
      source: {
        wasm: new Uint8Array(wasm as ArrayBuffer),
        btf: new Uint8Array(btf as ArrayBuffer),
        config: new TextDecoder().decode(config),
      },
    });
  };
  return (
    <>
      <Drop
        label="kernel.wasm, vmlinux.btf and config of one release:"
        multiple
        onFile={(_, all) => void take(all)}
      />
      {problem !== "" && (
        <p class="warning" role="status">
          {problem}
        </p>
      )}
      {problem === "" && props.kernel !== undefined && (
        <p class="hint">The three files are read.</p>
      )}
    </>
  );
}
