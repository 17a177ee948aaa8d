// SPDX-License-Identifier: MIT

/** Objects have fewer alternative programs. */
const MOST = 100;

/**
 * Omits the programs that the kernel refuses with every permission, one after the other. Tools omit
 * programs too: for a kernel without fentry, for instance, they load kprobes.
 *
 * @param load - loads the object without the given programs; returns whether that succeeded, and what
 *   libbpf printed.
 * @returns the names of the omitted programs and the object without them, or why it cannot be loaded.
 */
export function choosePrograms(object, load) {
  const omitted = [];
  const wanted = object.programs.filter(({ autoload }) => autoload).length;
  while (omitted.length < MOST) {
    const { loaded, printed } = load(omitted);
    if (loaded) {
      if (wanted > 0 && omitted.length >= wanted)
        return { skipped: "no program can be loaded here" };
      const programs = object.programs.map((program) =>
        omitted.includes(program.name) ? { ...program, autoload: false } : program,
      );
      return { omitted, chosen: { ...object, programs } };
    }
    const name = [...printed.matchAll(/prog '([^']+)': failed to load/g)].at(-1)?.[1];
    if (name === undefined || omitted.includes(name)) break;
    omitted.push(name);
  }
  return { skipped: "not loaded with every permission" };
}
