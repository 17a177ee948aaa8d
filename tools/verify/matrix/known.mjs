// SPDX-License-Identifier: MIT
/**
 * Where a real kernel does not answer as the model of its release does, and why. `where` is found in
 * `SUBJECT ROW`. An entry that explains nothing is reported, but for those of a machine: the same
 * release elsewhere may be built otherwise.
 */
export const known = [
  {
    where: /^native map STRUCT_OPS$/,
    why: "the executor keeps maps of operations away from the machine's own kernel",
  },
  {
    where: /^native prog (TRACING|LSM|EXT) \d+$/,
    why: "a restriction of the build: programs behind trampolines are refused to everybody",
    machine: true,
  },
  {
    where: /^native prog LIRC_MODE2 \d+$/,
    why: "built without infrared receivers (BPF_LIRC_MODE2)",
    machine: true,
  },
  {
    where: /^guest:6\.12 prog LIRC_MODE2 \d+$/,
    why: "Debian's kernel for clouds is built without infrared receivers (BPF_LIRC_MODE2)",
  },
  {
    where:
      /^guest:uml (map STACK_TRACE|prog (KPROBE|TRACEPOINT|PERF_EVENT|RAW_TRACEPOINT\w*) \d+)$/,
    why: "built without performance events and tracing (PERF_EVENTS)",
  },
  { where: /^guest:uml map XSKMAP$/, why: "built without sockets of XDP (XDP_SOCKETS)" },
  {
    where: /^guest:uml (map (STRUCT_OPS|INODE_STORAGE)|prog STRUCT_OPS \d+)$/,
    why: "built without a compiler of programs and without security modules in BPF (BPF_JIT, BPF_LSM)",
  },
  {
    where: /^guest:uml prog LIRC_MODE2 \d+$/,
    why: "built without infrared receivers (BPF_LIRC_MODE2)",
  },
];
