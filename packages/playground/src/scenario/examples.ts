// SPDX-License-Identifier: MIT

/** Scenarios to start from. */
export const examples: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: "A token from start to end",
    text: `name: a container creates a map with a token
tasks: { host: root on the host, app: root in a container }
steps:
  - fork: app
  - by: app
    container: {}
    say: The container enters its own user and mount namespace.
  - bpffs: { for: app, cmds: [map_create], maps: array }
    as: bpffs
    say: The host delegates to the container.
  - by: app
    bpf: TOKEN_CREATE
    attr: { bpffs_fd: $bpffs }
    as: token
  - by: app
    bpf: MAP_CREATE
    attr:
      map_type: ARRAY
      key_size: 4
      value_size: 8
      max_entries: 1
      map_flags: [TOKEN_FD]
      map_token_fd: $token
  - by: app
    bpf: MAP_CREATE
    attr:
      map_type: HASH
      key_size: 4
      value_size: 8
      max_entries: 1
      map_flags: [TOKEN_FD]
      map_token_fd: $token
    expect: EPERM
    say: The token does not allow the map type, so the kernel ignores it.
`,
  },
  {
    title: "No token in the initial user namespace",
    text: `name: the host gets no token
steps:
  - bpffs: { for: main, cmds: any }
    as: bpffs
  - bpf: TOKEN_CREATE
    attr: { bpffs_fd: $bpffs }
    expect: EOPNOTSUPP
`,
  },
  {
    title: "Only the host sets delegate masks",
    text: `name: a container cannot delegate to itself
tasks: { host: root on the host, app: root in a container }
steps:
  - fork: app
  - by: app
    container: {}
  - by: app
    fsopen: bpf
    as: ctx
  - by: app
    delegate: { fs: $ctx, cmds: [map_create] }
    expect: EPERM
`,
  },
];
