// SPDX-License-Identifier: MIT
// Container managers keep the names of containers in files. Without root most of them cannot be read.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A container, and what it is called in full. */
export interface NamedContainer {
  readonly id: string;
  /** A name, or `NAMESPACE/POD/CONTAINER`. */
  readonly name: string;
}

/** What is read of the files; any of it may be missing or of another type. */
interface Json {
  readonly Name?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** An id, which also keeps other text out of messages. */
const ID = /^[0-9a-f]{12,64}$/;

/**
 * The containers with a name of Docker, Podman or nerdctl, and those of a pod: `NAMESPACE/POD`,
 * `NAMESPACE/POD/CONTAINER`, `POD` or `POD/CONTAINER`.
 *
 * @param root - the folder with `var` and `run` of the host.
 */
export function containersNamed(name: string, root = "/"): readonly NamedContainer[] {
  const found = everyContainer(root).filter((one) => fits(one.name, name));
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

/** The names of all containers that managers keep, by id. */
export const containerNames = (root = "/"): ReadonlyMap<string, string> =>
  new Map(everyContainer(root).map(({ id, name }) => [id, name]));

const everyContainer = (root: string): readonly NamedContainer[] =>
  [...dockerNames(root), ...storageNames(root), ...nerdctlNames(root), ...podNames(root)].filter(
    ({ id }) => ID.test(id),
  );

/** A name as a whole, or a part of the path of a pod: from the namespace or the pod on. */
function fits(full: string, wanted: string): boolean {
  const [namespace = "", pod, container] = full.split("/");
  if (pod === undefined) return full === wanted;
  const forms = [full, `${namespace}/${pod}`, `${pod}/${container}`, pod];
  return forms.includes(wanted);
}

/** Docker keeps one folder for each container; with userns-remap below `UID.GID`. */
function* dockerNames(root: string): Generator<NamedContainer> {
  const base = join(root, "var/lib/docker");
  const remapped = list(base).filter((name) => /^\d+\.\d+$/.test(name));
  for (const store of ["", ...remapped]) {
    const folder = join(base, store, "containers");
    for (const id of list(folder)) {
      const name = json(join(folder, id, "config.v2.json"))?.Name;
      if (typeof name === "string") yield named(id, name.replace(/^\//, ""));
    }
  }
}

/** Podman and CRI-O keep one list for each storage driver; that in /run ends with the machine. */
function* storageNames(root: string): Generator<NamedContainer> {
  const stores = ["var/lib/containers/storage", "run/containers/storage"].map((path) =>
    join(root, path),
  );
  if (root === "/") stores.push(join(homedir(), ".local/share/containers/storage"));
  for (const store of stores) {
    for (const driver of list(store).filter((entry) => entry.endsWith("-containers"))) {
      for (const file of ["containers.json", "volatile-containers.json"]) {
        const entries: unknown = json(join(store, driver, file));
        for (const entry of listIn(entries)) {
          const { id, names } = (entry ?? {}) as { id?: unknown; names?: unknown };
          for (const name of listIn(names)) yield named(id, name);
        }
      }
    }
  }
}

/** nerdctl keeps one file for each name, with the id. */
function* nerdctlNames(root: string): Generator<NamedContainer> {
  const base = join(root, "var/lib/nerdctl");
  for (const store of list(base)) {
    const names = join(base, store, "names");
    for (const namespace of list(names)) {
      for (const name of list(join(names, namespace))) {
        yield named(read(join(names, namespace, name))?.trim(), name);
      }
    }
  }
}

/** containerd keeps the bundle of each running container of a pod, with annotations of the CRI. */
function* podNames(root: string): Generator<NamedContainer> {
  const folder = join(root, "run/containerd/io.containerd.runtime.v2.task/k8s.io");
  for (const id of list(folder)) {
    const annotations = json(join(folder, id, "config.json"))?.annotations;
    const of = (key: string): unknown => annotations?.[`io.kubernetes.cri.${key}`];
    if (of("container-type") !== "container") continue;
    yield named(id, [of("sandbox-namespace"), of("sandbox-name"), of("container-name")].join("/"));
  }
}

/** The names that the kubelet gives with CRI-O or Docker are `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`. */
function named(id: unknown, name: unknown): NamedContainer {
  const text = typeof name === "string" ? name : "";
  const [first, container, pod, namespace, , attempt] = text.split("_", 6);
  const isPod = first === "k8s" && attempt !== undefined && container !== "POD";
  return {
    id: typeof id === "string" ? id : "",
    name: isPod ? `${namespace}/${pod}/${container}` : text,
  };
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The list of a host with thousands of containers is smaller. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Reads a regular file. Another one may be that of a user, whose folder `HOME` names: a FIFO never ends. */
function read(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= MOST_BYTES ? readFileSync(fd, "utf8") : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function json(path: string): Json | undefined {
  try {
    return JSON.parse(read(path) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}
