// SPDX-License-Identifier: MIT

const PERF_EVENT_ARRAY = 4;

/** The difference for programs of objects that libbpf does not open. */
export const onlyOurs = "libbpf does not open it";

/** Every n-th element, so that `count` remain. */
export function slice(all, count) {
  const step = Math.max(1, all.length / count);
  return all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}

/**
 * The kernel's verdict on each program of an object when it is loaded alone.
 *
 * @param packages - `object`, `loader`, and `task`, whose kernel loads the programs. Also
 *   `options`, more options of the load, and `other`, which returns the verdict for an error that is
 *   not a refusal.
 * @returns by program: the error, 0 for none, and the reason. An object that does not parse has one
 *   entry without a program name.
 */
export function judge(packages, file, name) {
  const spec = parsed(packages.object, file, name);
  if ("error" in spec) return new Map([["", { error: -22, why: spec.error.message, log: "" }]]);
  const verdicts = spec.programs.map((program) => [program.name, verdict(packages, spec, program)]);
  return new Map(verdicts);
}

function parsed(object, file, name) {
  try {
    const spec = object.parseObject(new Uint8Array(file), { name });
    return { ...spec, maps: spec.maps.map(usable) };
  } catch (error) {
    if (!(error instanceof object.ObjectFormatError)) throw error;
    return { error };
  }
}

/** Sets the sizes that programs set before loading; disables pinning. */
function usable(map) {
  const empty = map.maxEntries === 0 && map.type !== PERF_EVENT_ARRAY;
  return { ...map, pinning: "none", maxEntries: empty ? 1 : map.maxEntries };
}

function verdict({ loader, task, options: more, other }, spec, program) {
  const options = { token: "never", externs: "all", programs: (one) => one === program, ...more };
  try {
    loader.Collection.load(task, spec, options).close();
    return { error: 0, why: "", log: "" };
  } catch (error) {
    if (!(error instanceof loader.LoadError) && error.name !== "ObjectFormatError") {
      if (other === undefined) throw error;
      return other(error);
    }
    return {
      error: error.cause === undefined ? undefined : -error.cause.errno,
      why: error.message,
      log: error.log ?? "",
    };
  }
}

/**
 * The difference of two verdicts, or `undefined`. If the loader fails before it calls the kernel,
 * any error of libbpf counts as equal.
 */
export function kindOf(mine, theirs) {
  if (theirs === undefined) return mine.error === 0 ? onlyOurs : undefined;
  if (mine.error === 0 || theirs === 0) {
    if (mine.error === theirs) return undefined;
    return mine.error === 0 ? "only we load" : "only libbpf loads";
  }
  if (mine.error === undefined || mine.error === theirs) return undefined;
  return "another error";
}
