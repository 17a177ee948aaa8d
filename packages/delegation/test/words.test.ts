// SPDX-License-Identifier: MIT
// Where a key, a value, a comment and a placeholder end: texts that differ in one character.
import { describe, expect, test } from "vitest";
import { type Dialect, parseDelegation, readDelegations, readProgram } from "../src/index.ts";

/** What a text delegates, with its remarks and the characters that they are about. */
const read = (text: string, dialect: Dialect): readonly unknown[] =>
  readDelegations(text, dialect).map(({ delegation, remarks }) => [
    delegation,
    ...remarks.map(({ id, at, end }) => `${id} ${text.slice(at, end)}`),
  ]);
const hash = { maps: ["hash"] };

describe("keys of LXD and Incus", () => {
  const lxd = (enabled: string, more = ""): string =>
    `security.delegate_bpf=${enabled}\n${more}security.delegate_bpf.map_types=hash`;

  test.each(["true", "1", "yes", "on", "True"])("'%s' is true", (word) => {
    expect(read(lxd(word), "lxd")).toEqual([[hash]]);
    expect(read(lxd("true", `security.privileged=${word}\n`), "lxd")).toEqual([
      [hash, `privileged ${word}`],
    ]);
  });

  test.each(["false", "0", "", "trueish", "untrue", "off"])("'%s' is not", (word) => {
    expect(read(lxd(word), "lxd")).toEqual([[hash, "not_enabled hash"]]);
    expect(read(lxd("true", `security.privileged=${word}\n`), "lxd")).toEqual([[hash]]);
  });

  test.each<[string, readonly unknown[]]>([
    ["security.bpffs.delegate_maps=hash", [[hash]]],
    ["'security.bpffs.delegate_maps': 'hash'", [[hash]]],
    ['  "security.bpffs.delegate_maps" = "hash , array"', [[{ maps: ["hash", "array"] }]]],
    ["incus profile set p security.bpffs.delegate_maps hash", [[hash]]],
    ["incus  config  set c security.bpffs.delegate_maps  hash", [[hash]]],
    ["incus config  device  set c d security.bpffs.delegate_maps hash", [[hash]]],
    ["incus config\tset c security.bpffs.delegate_maps\thash", [[hash]]],
    ["incus config device set c d security.bpffs.delegate_maps hash", [[hash]]],
    ["incus config set c security.bpffs.delegate_maps = hash", [[hash]]],
    ["incus config get c security.bpffs.delegate_maps hash", []],
    ["incus config settle c security.bpffs.delegate_maps hash", []],
    ["user.security.bpffs.delegate_maps=hash", []],
    ["xsecurity.bpffs.delegate_maps=hash", []],
    ["security.bpffs.delegate_maps=", [[{}]]],
    ["security.bpffs.path=/b", []],
    ["security.bpffs.maps=hash", [[{}, "unknown_key hash"]]],
    ["security.bpffs.xdelegate_maps=hash", [[{}, "unknown_key hash"]]],
    [
      "security.bpffs.delegate_maps=hash\nsecurity.bpffs.delegate_maps=array",
      [[hash], [{ maps: ["array"] }]],
    ],
    ["security.privileged=true\n---\nsecurity.bpffs.delegate_maps=hash", [[hash]]],
    ["security.privileged=true", []],
  ])("Incus: %j", (text, expected) => {
    const found = read(text, "incus").filter((one) => JSON.stringify(one) !== "[{}]");
    expect(found).toEqual(expected.filter((one) => JSON.stringify(one) !== "[{}]"));
  });

  test.each(["map", "xmap_types", "map_typesx", "maps_types"])("LXD has no key %s", (key) => {
    expect(read(`security.delegate_bpf=1\nsecurity.delegate_bpf.${key}=hash`, "lxd")).toEqual([
      [{}, "unknown_key hash"],
    ]);
  });

  test("commands and keys of one text are in its order", () => {
    const text =
      "lxc config set c security.delegate_bpf true\nsecurity.delegate_bpf.map_types=hash\nlxc config set c security.delegate_bpf.map_types array\n";
    expect(read(text, "lxd")).toEqual([[hash], [{ maps: ["array"] }]]);
  });
});

test.each<[string, Dialect]>([
  ["x\n---\n - 'a/delegate_maps': \"hash:array\"\n", "k8s"],
  ["x: {a/delegate_maps: hash, a/delegate_progs: 'xdp:any'}", "k8s"],
  ['{"annotations": {\n  "a/delegate_maps" : "0x4:hash",\n}}', "oci"],
  ["ls\npodman run --userns=auto \\\n --annotation a/delegate_maps='hash:array' x", "podman"],
  ["# c\n[Container]\nUserNS=auto\nAnnotation = a/delegate_maps=hash:array\n", "podman"],
  ["x\n---\nsecurity.bpffs.delegate_maps: ' hash , array '", "incus"],
  ["incus config set c security.bpffs.delegate_maps hash,array", "incus"],
  ["a: b\nsecurity.delegate_bpf: 1\nsecurity.delegate_bpf.map_types: 'hash:array'", "lxd"],
  ["PrivateBPF=yes\nBPFDelegateMaps = BPFMapTypeHash,,BPFMapTypeArray\n", "systemd"],
  ["ls\nsystemd-run -p 'BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray' x", "systemd"],
  ["ls\nmount -t bpf -o rw,delegate_maps=hash:array,delegate_progs=any b /b", "kernel"],
])("the names in %j have their place", (text, dialect) => {
  const words = readDelegations(text, dialect).flatMap((one) => one.words);
  expect(words.length).toBeGreaterThan(1);
  for (const { at, text: word } of words) expect(text.slice(at, at + word.length)).toBe(word);
  expect(new Set(words.map(({ at }) => at)).size).toBe(words.length);
});

describe("a comment", () => {
  test.each<[string, object]>([
    ["// delegate_cmds=any\ndelegate_maps=hash", hash],
    ["  ; delegate_cmds=any\ndelegate_maps=hash", hash],
    ["it's delegate_maps=hash # delegate_cmds=any", hash],
    ["echo '# x' delegate_maps=hash # delegate_cmds=any", hash],
    [`echo "a # b" delegate_maps=hash`, hash],
    ['echo "it\'s # b" delegate_maps=hash # delegate_cmds=any', hash],
    ["delegate_maps=hash\t# delegate_cmds=any", hash],
    ["x // delegate_maps=hash", hash],
    ["x ; delegate_maps=hash", hash],
  ])("of %j", (text, delegation) => expect(read(text, "kernel")).toEqual([[delegation]]));
});

test.each([
  ...["{{ .x }}", "$(cat x)", "$X", "<list of names>", "@LIST@", "…", "...", "$\u007bX:-a b}"],
])("'%s' is filled in later", (value) => {
  expect(read(`delegate_maps=hash:${value}`, "kernel")).toEqual([[hash, `template ${value}`]]);
  expect(read(`a/delegate_maps: ${value}`, "k8s")).toEqual([[{}, `template ${value}`]].slice(0, 1));
});

test.each(["@list@", "a..b", "<>", "$", "<-x>", "@1X@"])("'%s' is no placeholder", (value) => {
  expect(read(`delegate_maps=hash:${value}`, "kernel")).toEqual([[hash, `unknown_name ${value}`]]);
});

describe("the value of an annotation", () => {
  test.each([" x", ";x", "|x", "&x", ")", "}", "`", '"', "'", "\\\nx"])("ends before %j", (end) => {
    expect(
      read(`podman run --userns=auto --annotation a/delegate_maps=hash${end}`, "podman"),
    ).toEqual([[hash]]);
  });

  test.each<[string, object]>([
    ["x: {a/delegate_maps: hash,b: c}", hash],
    ["x: { a/delegate_maps:hash,b: c }", hash],
    ["x: { a/delegate_maps:  hash,b: c }", hash],
    ["x: { a/delegate_maps: hash}", hash],
    ["a/delegate_maps: hash,\nb: c", hash],
    ["- a/delegate_maps: hash", hash],
    ["- 'a/delegate_maps: hash'", hash],
    ['- "a/delegate_maps=hash" # all', hash],
    ['["a/delegate_maps=hash", "b/delegate_progs=xdp"]', { ...hash, progs: ["xdp"] }],
    ['"a/delegate_maps": "hash", "b": "c"', hash],
    ["a/delegate_maps :\t'hash:array'", { maps: ["hash", "array"] }],
  ])("of %j", (text, delegation) => expect(read(text, "k8s")).toEqual([[delegation]]));

  test("is not in a document that a line of three dashes only ends", () => {
    expect(read("a/delegate_maps: hash ---\na/delegate_progs: xdp", "k8s")).toHaveLength(1);
    expect(read("a/delegate_maps: hash\n--- # next\na/delegate_progs: xdp", "k8s")).toHaveLength(2);
  });

  test("of a command has no comma", () => {
    expect(
      read("podman run --userns=auto --annotation=a/delegate_maps=hash,array x", "podman"),
    ).toEqual([[{}, "separator hash,array"]]);
  });

  test("is about a mask that exists", () => {
    expect(read("a/delegate_map: hash", "k8s")).toEqual([[{}, "unknown_key hash"]]);
    expect(read("a/delegate_maps.web: hash", "k8s")).toEqual([]);
    expect(read("a_delegate_maps: hash", "k8s")).toEqual([]);
  });
});

describe("a fix", () => {
  const fixes = (text: string, dialect: Dialect): readonly unknown[] =>
    readDelegations(text, dialect).flatMap(({ remarks }) => remarks.map(({ fix }) => fix));

  test.each<[string, Dialect, readonly (string | undefined)[]]>([
    ["delegate_maps=BPF_MAP_TYPE_HASH", "kernel", ["hash"]],
    ["delegate_cmds=BPF_PROG_LOAD", "kernel", ["prog_load"]],
    ["delegate_maps=hsah", "kernel", ["hash"]],
    ["delegate_progs=tc", "kernel", ["sched_cls"]],
    ["delegate_maps=ANY", "kernel", ["any"]],
    ["delegate_maps=teapotteapot", "kernel", [undefined]],
    ["delegate_maps=010", "kernel", ["0x8"]],
    ["delegate_maps=hash|array", "kernel", ["hash:array"]],
    ["delegate_maps=hash|any", "kernel", ["hash:any"]],
    ["delegate_maps=hash,delegate_map=array", "kernel", ["delegate_maps"]],
    ["delegate_maps=hash,teapot=1", "kernel", [undefined]],
    ["delegate_maps=hash,any", "kernel", [":any"]],
    ["check BPFDelegateMaps=hash x", "systemd", ["BPFMapTypeHash"]],
    ["check BPFDelegateMaps=BPFProgTypeXdp x", "systemd", [undefined]],
  ])("of %j: %j", (text, dialect, expected) => {
    expect(fixes(text, dialect)).toEqual(expected);
  });
});

describe("a name that systemd ignores", () => {
  const needed = "PrivateUsers=yes\nDelegateNamespaces=mnt\nPrivateBPF=yes\n";
  test.each<[string, string, string, string | undefined]>([
    ['"BPFMapTypeHash"', "quotes", '"BPFMapTypeHash"', "BPFMapTypeHash"],
    ["'any'", "quotes", "'any'", "any"],
    ["BPFMapTypeHash # all", "comment_in_value", "BPFMapTypeHash # all", "BPFMapTypeHash"],
    ["BPFMapTypeHash\t#all", "comment_in_value", "BPFMapTypeHash\t#all", "BPFMapTypeHash"],
    [
      "BPFMapTypeHash  BPFMapTypeArray",
      "separator",
      "BPFMapTypeHash  BPFMapTypeArray",
      "BPFMapTypeHash,BPFMapTypeArray",
    ],
    ["any,BPFMapTypeHash", "any_beside_names", "any", undefined],
    ["BPFMapTypeHash, BPFMapTypeHsh ", "unknown_name", "BPFMapTypeHsh", "BPFMapTypeHash"],
    ["BPFMapTypeHash BPFMapTypeArry", "unknown_name", "BPFMapTypeHash BPFMapTypeArry", undefined],
    ["BPFMapTypeArray#x", "unknown_name", "BPFMapTypeArray#x", "BPFMapTypeArray"],
    ["BPFProgTypeXdp", "unknown_name", "BPFProgTypeXdp", undefined],
    ["array", "unknown_name", "array", "BPFMapTypeArray"],
  ])("in %j: %s of %j, write %j", (value, id, shown, fix) => {
    const text = `${needed}BPFDelegateMaps=${value}\n`;
    const [found] = readDelegations(text, "systemd");
    const remarks = found?.remarks.map((one) => [one.id, text.slice(one.at, one.end), one.fix]);
    expect(remarks).toEqual([[id, shown, fix]]);
  });

  test("in a list of NixOS has one line as its fix", () => {
    const list = '[ "BPFMapTypeHash" "BPFMapTypeArray" ]';
    const text = `${needed}BPFDelegateMaps = ${list};\n`;
    const [found] = readDelegations(text, "systemd");
    expect(found?.remarks.map((one) => [one.id, text.slice(one.at, one.end), one.fix])).toEqual([
      ["repeated", list, '"BPFMapTypeHash,BPFMapTypeArray"'],
    ]);
    expect(found?.words.map(({ at, text: word }) => text.slice(at, at + word.length))).toEqual([
      "BPFMapTypeArray",
    ]);
  });

  test("because of a later line stands there", () => {
    const text = `${needed}BPFDelegateMaps=any\nBPFDelegateMaps=BPFMapTypeHash\n`;
    const [found] = readDelegations(text, "systemd");
    expect(found?.remarks.map(({ id, at }) => [id, at])).toEqual([
      ["repeated", text.lastIndexOf("BPFMapTypeHash")],
    ]);
  });
});

describe("a mount that names its type", () => {
  test.each([
    "type: bpf",
    "fstype = bpf",
    "'type' : 'bpf'",
    '"fstype":"bpf"',
    "Type=bpf",
    "type  =  bpf",
  ])("is one of the host: %s", (line) => {
    expect(read(`${line}\ndelegate_maps=hash`, "kernel")).toEqual([[hash, "host_mount hash"]]);
  });

  test.each(["xtype: bpf", "type: bpffs", "type bpf", "type: ebpf", "type-of: bpf"])(
    "is none: %s",
    (line) => expect(read(`${line}\ndelegate_maps=hash`, "kernel")).toEqual([[hash]]),
  );

  test("changes no mask if the state is remounted", () => {
    const text = "# mounts\n fstype: bpf\n state: remounted\n opts: delegate_maps=hash\n";
    expect(read(text, "kernel")).toEqual([[hash, "host_mount hash", "remount remounted"]]);
  });
});

describe("a unit", () => {
  const needed = "PrivateUsers=yes\nDelegateNamespaces=mnt\nPrivateBPF=yes\n";
  test.each<[string, readonly unknown[]]>([
    [`${needed}\tBPFDelegateMaps  =  BPFMapTypeHash`, [[hash]]],
    [`${needed}BPFDelegateMaps=`, [[{}]]],
    [`${needed}BPFDelegateMaps = [ "BPFMapTypeHash" ];`, [[hash]]],
    [`${needed}BPFDelegateMaps = [ "BPFMapTypeHash" ];\nBPFDelegateMaps = [ ];`, [[{}]]],
    ["BPFDelegateMaps=", [[{}]]],
    [`${needed}serviceConfig.BPFDelegateMaps = "BPFMapTypeHash";`, [[hash]]],
    [
      `systemd-run -p PrivateBPF=yes -p BPFDelegateMaps='BPFMapTypeHash;' x`,
      [[{}, "unknown_name BPFMapTypeHash;"]],
    ],
  ])("%j", (text, expected) => expect(read(text, "systemd")).toEqual(expected));

  test("has no comment after a value, unlike all others", () => {
    expect(read("BPFDelegateMaps=any\ndelegate_maps=hash # delegate_cmds=any", "kernel")).toEqual([
      [hash],
    ]);
    const run = "systemd-run -p BPFDelegateMaps=any x # -p BPFDelegateCommands=any";
    expect(readDelegations(run, "systemd")[0]?.delegation).toEqual({ maps: "any" });
    expect(
      read("[Container]\nUserNS=auto\nAnnotation=a/delegate_maps=hash # x\n", "podman"),
    ).toEqual([[hash]]);
  });
});

/** Options of mount(8), of mount points, and of a bpffs. */
const mountOptions = [
  "mode=700,mode,uid=0,gid=0,source=x,size=1,x-mount.mkdir,X-a=b,x-a.b-c=d,comment=x",
  "context=c,fscontext=c,defcontext=c,rootcontext=c,ro,rw,defaults,bind,rbind,move",
  "private,rprivate,shared,rshared,slave,rslave,unbindable,runbindable,seclabel",
  "silent,loud,nofail,_netdev,user,users,owner,group,async,sync,noasync,nosync",
  "dirsync,nodirsync,lazytime,nolazytime,suid,nosuid,dev,nodev,exec,noexec,auto",
  "noauto,mand,nomand,nouser,noowner,nogroup,iversion,noiversion,atime,noatime",
  "relatime,norelatime,diratime,nodiratime,strictatime,nostrictatime,nosymfollow",
].flatMap((line) => line.split(","));

test.each(mountOptions)("'%s' is an option of mount(8)", (option) => {
  expect(read(`delegate_maps=hash,${option}`, "kernel")).toEqual([[hash]]);
});

test.each(mountOptions.filter((one) => !/^x-/i.test(one)))("'%s' is a whole word", (option) => {
  const [key = "", ...value] = option.split("=");
  for (const other of [`1${key}`, `${key}1`]) {
    const text = `delegate_maps=hash,${[other, ...value].join("=")}`;
    expect(read(text, "kernel")).toEqual([[hash, `unknown_option ${other}`]]);
  }
});

test("a mask is a whole option", () => {
  expect(read("mode=700,xdelegate_maps=hash,delegate_progs=xdp", "kernel")).toEqual([
    [{ progs: ["xdp"] }, "unknown_option xdelegate_maps"],
  ]);
});

test.each<[string, readonly unknown[]]>([
  ["delegate_maps=0x10000000000000000", [[{}, "unknown_name 0x10000000000000000"]]],
  ["delegate_maps=hash,$MORE", [[hash, "template $MORE"]]],
  ["delegate_cmds=$CMDS,map_create", [[{}, "template $CMDS", "separator ,map_create"]]],
])("%j has more than names", (text, expected) => {
  expect(read(text, "kernel")).toEqual(expected);
});

test("the right spelling shows a placeholder as three dots", () => {
  const [found] = readDelegations("delegate_cmds=$CMDS,map_create", "kernel");
  expect(found?.remarks[1]?.text).toContain("write 'delegate_cmds=…:map_create'");
});

test("a mistake in a part of a mask is an error", () => {
  expect(() => parseDelegation("delegate_maps=hash:arry")).toThrow("did you mean 'array'?");
});

test("what is not known is absent", () => {
  const [found = {}] = readDelegations("security.bpffs.delegate_maps=hash");
  expect(Object.keys(found).sort()).toEqual(["delegation", "dialect", "remarks", "words"]);
});

describe("a mount of a shell", () => {
  const options = "delegate_maps=hash";
  test.each<[string, string]>([
    [`mount -tbpf -o ${options} b /b`, "mount"],
    [`sudo '/usr/bin/mount' -t bpf -o ${options} b /b`, "/usr/bin/mount"],
    [`b /b bpf ${options} 0 0`, "hash"],
  ])("of the host: %j", (text, word) => {
    expect(read(text, "kernel")).toEqual([[hash, `host_mount ${word}`]]);
  });

  test.each([
    `mount -t bpffs -o ${options} b /b`,
    `mount -t ebpf -o ${options} b /b`,
    `umount -t bpf -o ${options} b /b`,
    `mount.x -t bpf -o ${options} b /b`,
    `mount -o ${options} b /b`,
    `b b bpf ${options} 0 0`,
    `b /b bpf2 ${options} 0 0`,
  ])("none: %j", (text) => expect(read(text, "kernel")).toEqual([[hash]]));

  test.each(["export ", "local ", "readonly ", "\t", " export  "])(
    "variable after %j",
    (before) => {
      const text = `${before}M=hash\nx="delegate_maps=$M"\n`;
      expect(read(text, "kernel")).toEqual([[hash]]);
    },
  );

  test.each([
    "declare M=hash",
    "M =hash",
    "M='hash\"",
    "M=hash x",
    "M='hash'x",
    "M=hash;",
    "xM=hash",
  ])("no variable: %j", (line) => {
    expect(read(`${line}\nx="delegate_maps=$M"\n`, "kernel")).toEqual([[{}, "template $M"]]);
  });

  test("the first mount with a variable counts", () => {
    const text = `O=${options}\nmount -t tmpfs -o $O t /t\nmount -t bpf -o x,$O b /b\n/bin/mount -t bpf -o $O b /c\n`;
    expect(read(text, "kernel")).toEqual([[hash, "host_mount mount"]]);
  });
});

test.each<[string, string]>([
  ["bpf-token exec --delegate 'maps=hash' -- x", "hash"],
  ['bpf-token exec --delegate "maps=hash" -- x', "hash"],
  ["bpf-token exec --delegate  maps=hash -- x", "hash"],
  ["maps=hash", "hash"],
])("the value of --delegate in %j", (text, name) => {
  const [found, ...more] = readDelegations(text, "exec");
  expect([found?.delegation, more]).toEqual([{ maps: [name] }, []]);
  expect(found?.words.map(({ at, text: word }) => text.slice(at, at + word.length))).toEqual([
    "maps=hash",
  ]);
});

test("several --delegate add up, and one may be filled in later", () => {
  const text = "bpf-token exec --delegate maps=hash --delegate $MORE --delegate progs=xdp -- x";
  expect(read(text, "exec")).toEqual([[{ maps: ["hash"], progs: ["xdp"] }, "template $MORE"]]);
  expect(read("bpf-token exec --delegate maps=arry -- x", "exec")).toEqual([
    [{}, "unknown_name maps=arry"],
  ]);
});

describe("a string of a program", () => {
  const found = (text: string): readonly string[] =>
    readProgram(text).flatMap(({ delegation, remarks }) => [
      JSON.stringify(delegation),
      ...remarks.map(({ id, at, end }) => `${id} ${text.slice(at, end)}`),
    ]);
  const bad = '"delegate_cmds=nonsense"';

  test("belongs to the one before it, unless it is far, or that one was mounted", () => {
    const apart = (gap: number) =>
      readProgram(`a = "delegate_maps=hash"${" ".repeat(gap - 4)}b = "delegate_progs=xdp"`).length;
    expect([apart(39), apart(40)]).toEqual([1, 2]);
    const mounted = 'mount("b", "/b", "bpf", 0, "delegate_maps=hash"); x = "delegate_progs=xdp"';
    expect(readProgram(mounted)).toHaveLength(2);
    const between = 'a = "delegate_maps=hash";mount("delegate_cmds=1");b = "delegate_progs=xdp"';
    expect(readProgram(between)).toHaveLength(3);
  });

  test.each([
    ...["assert(", "expect(", "x.contains(", "fprintf(f, ", "fputs(", "log(", "strcmp(a, "],
    ...["strstr(a, ", "strings.HasPrefix(a, ", "a.startsWith(", "panic("],
  ])("after %j is only compared or printed", (before) => {
    expect(found(`${before}${bad})`)).toEqual([]);
    expect(found(`${before}a); use(${bad})`)).toEqual(["{}", "unknown_name nonsense"]);
  });

  test.each(["catalog(", "use(", "x = "])("after %j is used", (before) => {
    expect(found(`${before}${bad}`)).toEqual(["{}", "unknown_name nonsense"]);
  });

  test("is no option after a dot or a slash, and unknown options mount nothing", () => {
    expect(found('mount("b", "/b", "bpf", 0, "x.delegate_maps=hash")')).toEqual([]);
    expect(found('mount("b", "/b", "bpf", 0, "delegate_map=hash")')).toEqual([
      ...["{}", "unknown_option delegate_map"],
    ]);
  });

  test.each(["%s", "\\x41", "{}", "", "hash\\n"])("with the value %j is computed", (value) => {
    expect(found(`fsconfig(f, 1, "delegate_maps", "${value}", 0);`)).toEqual([
      ...["{}", "template delegate_maps"],
    ]);
  });

  test.each(['"hash" "x"', '"hash"  "x"', '"hash" x', '"hash"\n"x"', "f(", "NULL"])(
    "%s is computed",
    (value) => {
      expect(found(`fsconfig(f, 1, "delegate_maps", ${value}, 0);`)).toEqual([
        ...["{}", "template delegate_maps"],
      ]);
    },
  );

  test.each([
    'fs_config(f, 1, "delegate_maps", CString::new("hash"), 0)',
    'fsconfig(f, 1, "delegate_maps".to_string().as_ptr() ,\n\t std.ffi::c_str("hash"), 0)',
    "FsConfig(f, 1, 'delegate_maps', b'hash')",
    'fsconfig(f, 1, `delegate_maps`,c"hash")',
    "fsconfig(f, 1, \"delegate_maps\", 'hash')",
  ])("is an argument: %s", (text) => expect(found(text)).toEqual(['{"maps":["hash"]}']));

  test.each(['("hash")', 'f(g("hash"))', 'x + "hash"', 'd"hash"', '"hash', "'hash\""])(
    "is computed, if the argument is %s",
    (value) => {
      expect(found(`fsconfig(f, 1, "delegate_maps", ${value}, 0)`)).toEqual([
        ...["{}", "template delegate_maps"],
      ]);
    },
  );
});
