// SPDX-License-Identifier: MIT
// Published programs that delegate: the calls with their values, in our words. See public-corpus.ts.
import type { PublicSnippet } from "./public-corpus.ts";

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;
const github = "https://github.com";
const sentinel = `${github}/ebpfsentinel/ebpfsentinel/blob`;
const dbpf = `${github}/mbhatt1/dBPF/blob`;
const program = "dBPF-pocs/pocs/ch24-bpf-token-delegation/ch24-bpf-token-delegation.c";

/** Programs, with and without a mistake. */
export const publicPrograms: readonly PublicSnippet[] = [
  {
    source: `${sentinel}/82df9e3f2c89/crates/warden/src/lib.rs`,
    kind: "repository",
    file: "lib.rs",
    text: lines(
      'set(fs, "delegate_cmds", "any");',
      'set(fs, "delegate_maps", "any");',
      'set(fs, "delegate_progs", "any");',
      'set(fs, "delegate_attachs", "any");',
      "libc::syscall(libc::SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, null, null, 0);",
    ),
    mistakes: [],
    why: "sets the masks of a context that the process in the user namespace opened",
  },
  {
    source: `${sentinel}/f186ba152c35/dist/ebpfsentinel-token-launch.c`,
    kind: "repository",
    file: "launch.c",
    text: lines(
      'syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0);',
      'syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "delegate_maps", "any", 0);',
      'syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "delegate_progs", "any", 0);',
      'syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "delegate_attachs", "any", 0);',
    ),
    mistakes: [],
    why: "sets the masks of a context that the process in the user namespace opened",
  },
  {
    source: `${dbpf}/HEAD/${program}`,
    kind: "book",
    file: "helper.c",
    text: lines(
      'fsconfig(fs, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0);',
      'fsconfig(fs, FSCONFIG_SET_STRING, "delegate_maps", "any", 0);',
      'fsconfig(fs, FSCONFIG_SET_STRING, "delegate_progs", "any", 0);',
      'fsconfig(fs, FSCONFIG_SET_STRING, "delegate_attachs", "any", 0);',
    ),
    mistakes: [],
    why: "sets the masks of a context that the process in the user namespace opened",
  },
  {
    source: `${dbpf}/HEAD/${program} (an earlier version)`,
    kind: "book",
    file: "server.c",
    text: lines(
      "const char *options[] = {",
      '    "delegate_cmds=any,delegate_progs=any,delegate_maps=any,delegate_attachs=any",',
      '    "delegate_cmds=any,delegate_progs=any,delegate_maps=any",',
      '    "delegate_cmds=prog_load:map_create:link_create:map_update_elem,"',
      '    "delegate_progs=tracepoint,delegate_maps=ringbuf",',
      "};",
      "for (int i = 0; i < 3; i++)",
      '    if (mount("bpf", path, "bpf", 0, options[i]) == 0)',
      "        break;",
    ),
    mistakes: ["3 lacks_types", "4 inert_command", "4 lacks_types", "8 host_mount"],
    missed: ["8 host_mount"],
    why: "mount(2) on the host; the second and third string delegate no attach type",
  },
  {
    source: `${github}/eunomia-bpf/bpf-developer-tutorial/blob/3a722c03d512/src/features/bpf_token/token_userns_demo.c`,
    kind: "repository",
    file: "demo.c",
    text: lines(
      "static const char *cmds =",
      '\t"prog_load:map_create:btf_load:link_create";',
      'set_mask(fd, "delegate_cmds", cmds);',
      'set_mask(fd, "delegate_maps", "array");',
      'set_mask(fd, "delegate_progs", "xdp:socket_filter");',
      'set_mask(fd, "delegate_attachs", "any");',
    ),
    mistakes: ["2 inert_command"],
    missed: ["2 inert_command"],
    why: "link_create takes no token; a reader has to follow the variable",
  },
  {
    source: `${github}/cilium/ebpf/blob/8bb9d0e198fc/internal/testutils/bpffs.go`,
    kind: "test",
    file: "bpffs.go",
    text: lines(
      'unix.FsconfigSetString(fs, "delegate_cmds", names(d.Cmds))',
      'unix.FsconfigSetString(fs, "delegate_maps", names(d.Maps))',
      'unix.FsconfigSetString(fs, "delegate_progs", names(d.Progs))',
      'unix.FsconfigSetString(fs, "delegate_attachs", names(d.AttachTypes))',
    ),
    mistakes: [],
    why: "the program computes the masks",
  },
  {
    source: `${github}/torvalds/linux/blob/HEAD/tools/testing/selftests/bpf/prog_tests/token.c`,
    kind: "test",
    file: "token.c",
    text: lines(
      'err = set_mask(fs_fd, "delegate_cmds", opts->cmds, opts->cmds_str);',
      'err = set_mask(fs_fd, "delegate_maps", opts->maps, opts->maps_str);',
    ),
    mistakes: [],
    why: "the program computes the masks",
  },
  {
    source: `${github}/canonical/lxd/blob/HEAD/lxd/instance/drivers/driver_lxc.go`,
    kind: "repository",
    file: "driver.go",
    text: lines(
      "params := map[string]string{",
      '\t"delegate_cmds":    "0",',
      '\t"delegate_maps":    "0",',
      '\t"delegate_progs":   "0",',
      '\t"delegate_attachs": "0",',
      "}",
      'if c["security.delegate_bpf.cmd_types"] != "" {',
      '\tparams["delegate_cmds"] = c["security.delegate_bpf.cmd_types"]',
      "}",
    ),
    mistakes: [],
    why: "defaults that the configuration replaces",
  },
  {
    source: `${github}/deik0/bpf-rbacd/blob/7169f9c90bc1/tests/integration.rs`,
    kind: "test",
    file: "integration.rs",
    text: lines(
      "let data = Opts::from_bits(0x1F, 0x24, 0x06, 0x00).to_string();",
      'assert!(data.contains("delegate_cmds=0x1f"));',
      'assert!(data.contains("delegate_progs=0x24"));',
      'assert!(data.contains("delegate_attachs=0x0"));',
    ),
    mistakes: [],
    why: "a test compares what a function prints",
  },
];
