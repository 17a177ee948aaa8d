// SPDX-License-Identifier: MIT
import { parseObject } from "@bpf-token/object";
import { generateSkeleton } from "../../skeleton/skeleton.js";
import type { Command } from "../command.js";
import { readInputFile, writeOutputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { Exit, UsageError } from "../usage.js";

/** `bpf-token gen`: generates a typed TypeScript module from an object. */
export const gen: Command = {
  usage: `usage: bpf-token gen OBJECT [-o FILE] [--event MAP=TYPE]… [--json]

Writes a module that embeds the object and declares types for its maps (keys and
values), programs, global variables and events. The module imports
@bpf-token/loader and loads the object on any kernel of this project.

  -o, --output FILE  write the module to FILE; default is standard output
  --event MAP=TYPE   type of the events of a ring buffer, because BTF does not
                     record it: --event events=event for 'struct event'. BTF has
                     the type if a variable uses it: struct event *unused;
  --json             print what was written as JSON; needs -o

exit codes: 0 written, 1 the object is malformed, 2 usage, or OBJECT cannot be
            read, 3 FILE cannot be written

examples:
  bpf-token gen traffic.bpf.o -o traffic.skel.ts
  bpf-token gen traffic.bpf.o --event events=event -o traffic.skel.ts
`,
  options: {
    output: { type: "string", short: "o" },
    event: { type: "string", multiple: true },
  },
  run: async ({ parsed: { files, values }, json, out, printJson }) => {
    const [file] = files;
    if (file === undefined || files.length > 1)
      throw new UsageError("gen: needs exactly one OBJECT");
    if (json && values.output === undefined)
      throw new UsageError("gen: --json needs -o, because the module itself is on standard output");
    const events = eventsFrom(values.event);
    const bytes = await readInputFile(file);
    let text: string;
    try {
      const name = file.slice(file.lastIndexOf("/") + 1);
      text = generateSkeleton(parseObject(bytes, { name: file }), bytes, { file: name, events });
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(`gen: ${error.message}`);
      throwMalformed(file, error);
    }
    if (values.output === undefined) {
      out.lines(text);
      return Exit.FINE;
    }
    await writeOutputFile(String(values.output), text);
    if (json) printJson("gen", { file, output: values.output, bytes: text.length });
    return Exit.FINE;
  },
};

function eventsFrom(given: unknown): ReadonlyMap<string, string> {
  const words = Array.isArray(given) ? given.map(String) : [];
  return new Map(
    words.map((word) => {
      const [, map, type] = /^([^=]+)=(?:struct )?([^=]+)$/.exec(word) ?? [];
      if (map === undefined || type === undefined) {
        throw new UsageError(`gen: '${word}' is not MAP=TYPE`);
      }
      return [map, type] as const;
    }),
  );
}
