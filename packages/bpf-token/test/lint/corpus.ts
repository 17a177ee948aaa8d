// SPDX-License-Identifier: MIT
// Files as people write them, in our words, and what is wrong with each.

/** A file, and the ids of its mistakes without `lint.`. */
export type Sample = readonly [file: string, text: string, ...ids: readonly string[]];

const mask =
  "delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp,delegate_attachs=xdp";
const service = (...lines: readonly string[]): string => `[Service]\n${lines.join("\n")}\n`;
const enabled = ["PrivateUsers=yes", "DelegateNamespaces=mnt net", "PrivateBPF=yes"];
const xdp = [
  ...["BPFDelegateCommands=BPFMapCreate,BPFProgLoad", "BPFDelegateMaps=BPFMapTypeArray"],
  ...["BPFDelegatePrograms=BPFProgTypeXdp", "BPFDelegateAttachments=BPFXdp", "PrivateNetwork=yes"],
];
const pod = (spec: string, annotations: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  annotations:\n${annotations}spec:\n${spec}  containers:\n    - name: agent\n      image: agent:1\n      securityContext:\n        capabilities:\n          add: ["BPF", "NET_ADMIN"]\n`;
const annotations = `    bpf-token/delegate_cmds: "map_create:prog_load"\n    bpf-token/delegate_maps: "array"\n    bpf-token/delegate_progs: xdp\n    bpf-token/delegate_attachs: xdp\n`;
const incus = `  security.bpffs.delegate_cmds: map_create,prog_load\n  security.bpffs.delegate_maps: array, ringbuf\n  security.bpffs.delegate_progs: socket_filter\n  security.bpffs.delegate_attachs: cgroup_inet_ingress\n`;
const run = (options: string): string =>
  `podman run -d ${options} --cap-add BPF --cap-add NET_ADMIN --annotation bpf-token/delegate_cmds=map_create:prog_load --annotation bpf-token/delegate_maps=hash --annotation bpf-token/delegate_progs=xdp --annotation bpf-token/delegate_attachs=xdp img\n`;

/** Calls of a program that set the same masks. */
const calls = (call: (key: string, value: string) => string): string =>
  mask
    .split(",")
    .map((option) => call(...(option.split("=") as [string, string])))
    .join("\n");
const c = calls((key, value) => `fsconfig(fs, FSCONFIG_SET_STRING, "${key}", "${value}", 0);`);
const go = calls((key, value) => `\tunix.FsconfigSetString(fs, "${key}", "${value}")`);
const rust = calls((key, value) => `    fsconfig_set_string(fs.as_fd(), "${key}", "${value}")?;`);

/** Files with a mistake. */
export const wrong: readonly Sample[] = [
  ["setup.sh", `mount -t bpf bpf /sys/fs/bpf -o ${mask}\n`, "host_mount"],
  ["setup.sh", `sudo mount -o ${mask} -t bpf none /run/bpf\n`, "host_mount"],
  ["setup.sh", `unshare -Urm mount -t bpf -o ${mask} none /b\n`, "host_mount"],
  ["fstab", `bpffs /sys/fs/bpf bpf rw,nosuid,${mask} 0 0\n`, "host_mount"],
  ["sys-fs-bpf.mount", `[Mount]\nWhat=bpf\nType=bpf\nOptions=${mask}\n`, "host_mount"],
  [
    "config.json",
    `{"mounts": [{"destination": "/sys/fs/bpf", "type": "bpf", "source": "bpf", "options": ["delegate_cmds=map_create:prog_load", "delegate_maps=any", "delegate_progs=any", "delegate_attachs=any"]}]}`,
    "host_mount",
  ],
  [
    "playbook.yml",
    `- ansible.posix.mount:\n    path: /sys/fs/bpf\n    fstype: bpf\n    opts: ${mask}\n`,
    "host_mount",
  ],
  ["Dockerfile", `FROM x\nRUN mount -tbpf -o${mask} none /b\n`, "host_mount"],
  ["opts.env", `BPF_OPTS=${mask.replace("create:prog", "create,prog")}\n`, "separator"],
  ["opts.env", `BPF_OPTS=${mask.replace("array", "array|hash")}\n`, "separator"],
  ["opts.env", `BPF_OPTS=${mask.replace("=xdp", "=XDPP")}\n`, "unknown_name"],
  ["opts.env", `BPF_OPTS=${mask.replace("progs=xdp", "progs=tc")}\n`, "unknown_name"],
  ["opts.env", `BPF_OPTS=${mask.replace("map_create", "BPF_MAP_CREATE")}\n`, "full_name"],
  ["opts.env", `BPF_OPTS=${mask.replace("delegate_maps", "delegate_map")}\n`, "unknown_option"],
  ["opts.env", `BPF_OPTS=${mask.replace("=array", "=hash:0x4")}\n`, "number_replaces"],
  ["opts.env", `BPF_OPTS=${mask.replace("=array", "=06")}\n`, "octal"],
  ["opts.env", `BPF_OPTS=${mask.replace("=array", "=ANY")}\n`, "unknown_name"],
  ["opts.env", `BPF_OPTS=${mask.replace("prog_load", "prog_load:link_create")}\n`, "inert_command"],
  ["opts.env", `BPF_OPTS=remount,${mask}\n`, "remount"],
  ["a.service", service(...xdp, ...enabled.slice(0, 2)), "not_enabled"],
  ["a.service", service(...xdp, enabled[2] ?? ""), "user_namespace"],
  [
    "a.service",
    service(...xdp, ...enabled, "DelegateNamespaces=", "DelegateNamespaces=net"),
    "mount_namespace",
  ],
  ["a.service", service(...xdp, ...enabled, "SystemCallFilter=@system-service"), "seccomp"],
  ["a.service", service(...xdp, ...enabled, "SystemCallFilter=~@privileged @resources"), "seccomp"],
  ["a.service", service(...xdp, ...enabled, "User=agent"), "capabilities_missing"],
  [
    "a.service",
    service(...xdp, ...enabled, "User=agent", "AmbientCapabilities=CAP_BPF"),
    "capabilities_missing",
  ],
  [
    "a.service",
    service(...xdp, ...enabled, "AmbientCapabilities=CAP_SYS_ADMIN"),
    "capabilities_needless",
  ],
  ["a.service", service(...xdp, ...enabled, "BPFDelegateMaps=BPFMapTypeHash"), "repeated"],
  ["a.service", service(...xdp, ...enabled).replace("Create,BPF", "Create BPF"), "separator"],
  ["a.service", service(...xdp, ...enabled).replace("Create,BPF", "Create:BPF"), "unknown_name"],
  ["a.service", service(...xdp, ...enabled).replace("=BPFMapTypeArray", "=array"), "unknown_name"],
  [
    "a.service",
    service(...xdp, ...enabled).replace("=BPFMapTypeArray", "=BPFMapTypeArray # x"),
    "comment_in_value",
  ],
  ["a.service", service(...xdp, ...enabled).replace("=BPFXdp", "=BPFProgTypeXdp"), "unknown_name"],
  [
    "a.service",
    service(...xdp, ...enabled).replace("DelegatePrograms", "DelegateProgs"),
    "unknown_key",
  ],
  ["run.sh", `systemd-run -p PrivateBPF=yes -p ${xdp.join(" -p ")} agent\n`, "user_namespace"],
  [
    "x.nix",
    `{ serviceConfig = {\n${enabled.map((l) => `${l.replace("=", ' = "')}";`).join("\n")}\nBPFDelegateMaps = [ "BPFMapTypeHash" "BPFMapTypeArray" ];\nBPFDelegateCommands = "BPFMapCreate";\n}; }\n`,
    "repeated",
  ],
  ["profile.yaml", `config:\n  security.privileged: "true"\n${incus}`, "privileged"],
  [
    "profile.yaml",
    `config:\n${incus.replace("map_create,prog_load", "map_create,obj_get,link_create")}`,
    "inert_command",
    "lacks_command",
  ],
  ["profile.yaml", `config:\n${incus.replace("_maps", "_map")}`, "unknown_key"],
  [
    "run.sh",
    "lxc config set c1 security.delegate_bpf.cmd_types=prog_load security.delegate_bpf.prog_types=xdp security.delegate_bpf.attach_types=xdp\n",
    "not_enabled",
  ],
  [
    "run.sh",
    "lxc config set c1 security.delegate_bpf=true security.delegate_bpf.cmd_types=map_create security.delegate_bpf.map_types=hash,array\n",
    "separator",
  ],
  ["pod.yaml", pod("", annotations), "user_namespace"],
  ["pod.yaml", pod("  hostUsers: true\n", annotations), "user_namespace"],
  [
    "pod.yaml",
    pod("  hostUsers: false\n", annotations.replace("create:prog", "create,prog")),
    "separator",
  ],
  [
    "pod.yaml",
    pod("  hostUsers: false\n", annotations.replace("_attachs", "_attach")),
    "unknown_key",
  ],
  [
    "templates/ds.yaml",
    pod("{{- if .Values.userns }}\n  hostNetwork: true\n{{- end }}\n", annotations),
    "user_namespace",
    "host_network",
  ],
  ["run.sh", run(""), "user_namespace"],
  ["run.sh", run("--userns=auto").replace("--cap-add BPF ", ""), "capabilities_missing"],
  ["run.sh", run("--userns=auto --cap-add SYS_ADMIN"), "capabilities_needless"],
  [
    "run.sh",
    run("--userns=auto --cap-add SYS_ADMIN").replace("--cap-add BPF ", ""),
    ...["capabilities_missing", "capabilities_needless"],
  ],
  [
    "a.service",
    service(...xdp, ...enabled, "User=agent", "AmbientCapabilities=CAP_SYS_ADMIN"),
    ...["capabilities_missing", "capabilities_needless"],
  ],
  ["run.sh", run("--userns=auto --network host"), "host_network"],
  ["run.sh", run("").replace("podman", "docker"), "no_hook"],
  [
    "a.container",
    `[Container]\nImage=x\nAddCapability=CAP_BPF CAP_NET_ADMIN\nAnnotation=bpf-token/${mask.replaceAll(",", " bpf-token/")}\n`,
    "user_namespace",
  ],
  [
    "compose.yaml",
    `services:\n  a:\n    image: x\n    cap_add: [BPF, NET_ADMIN]\n    annotations:\n${annotations.replaceAll(/^ {4}/gm, "      ")}`,
    "no_hook",
  ],
  ["mount.c", c.replace("create:prog", "create,prog"), "separator"],
  ["mount.go", go.replace('"array"', '"BPF_MAP_TYPE_ARRAY"'), "full_name"],
  ["src/mount.rs", rust.replace('"xdp"', '"xdpp"'), "unknown_name"],
  ["mount.c", c.replace("prog_load", "prog_load:obj_pin"), "inert_command"],
  ["mount.c", c.replace('"map_create:prog_load"', '"prog_load"'), "lacks_command"],
  ["mount.go", `unix.Mount("bpf", "/b", "bpf", 0, "${mask}")\n`, "host_mount"],
  ["README.md", `\`\`\`c\n${c.replace("_progs", "_programs")}\n\`\`\`\n`, "unknown_option"],
  [
    "README.md",
    `Run:\n\n\`\`\`console\n# mount -t bpf -o ${mask} bpf /sys/fs/bpf\n\`\`\`\n`,
    "host_mount",
  ],
  [
    "README.md",
    "Write:\n\n```ini\n[Service]\nPrivateBPF=yes\nBPFDelegateCommands=any\nBPFDelegateMaps=any\n```\n",
    "user_namespace",
    "lacks_types",
  ],
];

/** Files without a mistake. */
export const right: readonly Sample[] = [
  ["a.service", service(...xdp, ...enabled, "AmbientCapabilities=CAP_BPF")],
  ["mount.c", c],
  ["mount.go", go],
  ["src/mount.rs", rust],
  ["mount.c", c.replace('"array"', "opts->maps").replace('"xdp"', '"0x%llx"')],
  ["mount.c", '/* no fsconfig(fs, 1, "delegate_cmds", "prog_load,map_create", 0); */\n'],
  ["mount.py", "fsconfig(fs, 1, b'delegate_cmds', b'map_create', 0)\n"],
  ["README.md", `\`\`\`ts\nconst bad = "${mask.replace("=xdp", "=XDPP")}";\n\`\`\`\n`],
  ["opts.env", `BPF_OPTS=${mask}\n`],
  ["opts.env", `BPF_OPTS="rw,nosuid,mode=0700,uid=0,${mask}"\n`],
  ["opts.env", `BPF_OPTS=${mask.replace("map_create", "MAP_CREATE")}\n`],
  ["opts.env", `# BPF_OPTS=delegate_cmds=prog_load,map_create\n`],
  ["mounts.txt.conf", `none /sys/fs/bpf_x bpfx rw,${mask} 0 0\n`],
  ["mountinfo.conf", `67 47 0:40 / /sys/fs/bpf rw,nosuid - bpf none rw,${mask}\n`],
  [
    "notes.conf",
    `bpf on /sys/fs/bpf type bpf (rw,nosuid,nodev,noexec,relatime,mode=700,${mask})\n`,
  ],
  ["a.service", service(...xdp, ...enabled)],
  ["a.service", service(...xdp, ...enabled, "SystemCallFilter=@system-service bpf")],
  [
    "a.service",
    service(...xdp, ...enabled, "User=agent", "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN"),
  ],
  ["a.service", service("# PrivateBPF=yes", "#BPFDelegateMaps=hsh", "ExecStart=/bin/agent")],
  ["a.service", service("PrivateBPF=yes", "ExecStart=/bin/agent")],
  ["a.service", service(...xdp, ...enabled).replace("=mnt net", "=yes")],
  [
    "run.sh",
    `systemd-run ${[...enabled, ...xdp].map((one) => `-p "${one}"`).join(" \\\n  ")} agent\n`,
  ],
  [
    "x.nix",
    `{ serviceConfig = {\n${[...enabled, ...xdp].map((l) => `  ${l.replace("=", ' = "')}";`).join("\n")}\n}; }\n`,
  ],
  ["profile.yaml", `config:\n${incus}`],
  [
    "profile.yaml",
    `config:\n  security.privileged: "false"\n${incus}  security.bpffs.path: /run/bpf\n`,
  ],
  [
    "main.tf",
    'resource "lxd_instance" "a" {\n  config = {\n    "security.delegate_bpf" = "true"\n    "security.delegate_bpf.cmd_types" = "map_create"\n    "security.delegate_bpf.map_types" = "hash:array"\n  }\n}\n',
  ],
  [
    "run.sh",
    "incus config set c security.bpffs.delegate_cmds=map_create security.bpffs.delegate_maps=hash,array\n",
  ],
  ["pod.yaml", pod("  hostUsers: false\n", annotations)],
  [
    "pods.yaml",
    [pod("  hostUsers: false\n", annotations), pod("  hostNetwork: true\n", "    a: b\n")].join(
      "---\n",
    ),
  ],
  [
    "templates/ds.yaml",
    pod(
      "  hostUsers: false\n",
      annotations.replace('"array"', '{{ .Values.maps | join ":" | quote }}'),
    ),
  ],
  ["run.sh", run("--userns=auto")],
  ["run.sh", run("").replace("podman", "docker").replace(" -d", " --runtime=bpf-token")],
  [
    "a.container",
    `[Container]\nImage=x\nUserNS=auto\nAddCapability=CAP_BPF CAP_NET_ADMIN\nAnnotation=bpf-token/${mask.replaceAll(",", " bpf-token/")}\n`,
  ],
  [
    "compose.yaml",
    `services:\n  a:\n    image: x\n    runtime: bpf-token\n    cap_add:\n      - BPF\n      - NET_ADMIN\n    annotations:\n${annotations.replaceAll(/^ {4}/gm, "      ")}`,
  ],
  [
    "README.md",
    "The option `delegate_cmds=prog_load,map_create` is wrong: a comma ends it.\n\n```ts\nconst o = 'delegate_maps=hsh';\n```\n",
  ],
  [
    "README.md",
    "```text\n/sys/fs/bpf: delegate_maps=hash\n```\n\nThe mask `delegate_maps` has types.\n",
  ],
  ["values.yaml", "delegate_cmds: [map_create]\ndelegateMaps: array\n"],
  ["broken.yaml", "a: [\n  b: {{ x }\n\t- c\n"],
];
