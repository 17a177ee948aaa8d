// SPDX-License-Identifier: MIT
// The host, the container, its BPF filesystem, the token and the kernel, as a picture.
import type { JSX } from "preact";
import { axisNames, type TryState } from "../state/try-state.js";
import type { Answer } from "../try/answer.js";

/** How a part of the picture is drawn. */
type Mood = "plain" | "good" | "bad" | "warn" | "off";

/** What the picture shows. */
interface Shown {
  readonly now: TryState;
  readonly answer: Answer;
}

/** The state and the answer as a picture. */
export function Picture(shown: Shown): JSX.Element {
  return (
    <figure class="picture">
      <Drawing {...shown} />
    </figure>
  );
}

/** The picture itself. It needs no state of the page, so that a tool can write it to a file. */
export function Drawing({ now, answer }: Shown): JSX.Element {
  const uses = now.token || now.action === "token";
  return (
    <svg viewBox="0 0 400 438" role="img" aria-label={describe(now, answer)}>
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0 8 4 0 8z" class="tip" />
        </marker>
      </defs>
      <Box x={2} y={2} w={396} h={314} title="Host: initial user namespace" mood="plain" frame />
      <Box
        x={126}
        y={32}
        w={264}
        h={274}
        title={
          now.place === "nomnt" ? "Container: no mount namespace" : "Container: own namespaces"
        }
        mood={now.place === "nomnt" && uses ? "bad" : "plain"}
        frame
      />
      <Manager now={now} uses={uses} />
      <Bpffs now={now} answer={answer} uses={uses} />
      <Token now={now} answer={answer} uses={uses} />
      <Program now={now} />
      <Kernel now={now} answer={answer} />
    </svg>
  );
}

function describe(now: TryState, answer: Answer): string {
  const result = answer.ok ? "succeeds" : `gets ${answer.errno}`;
  return `A program in the ${now.place === "host" ? "host" : "container"} calls Linux ${now.release}: ${answer.call} ${result}. The path below describes every check.`;
}

interface BoxProps {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly title: string;
  readonly mood: Mood;
  readonly frame?: boolean;
  readonly lines?: readonly string[];
}

function Box({ x, y, w, h, title, mood, frame = false, lines = [] }: BoxProps): JSX.Element {
  return (
    <g class={`box ${mood} ${frame ? "frame" : ""}`}>
      <rect x={x} y={y} width={w} height={h} rx="6" />
      <text x={x + 9} y={y + 19} class="title">
        {title}
      </text>
      {lines.map((line, i) => (
        <text key={line} x={x + 9} y={y + 37 + i * 16} class="line">
          {line}
        </text>
      ))}
    </g>
  );
}

function Manager({ now, uses }: { readonly now: TryState; readonly uses: boolean }): JSX.Element {
  const sets = uses && now.delegator === "host";
  return (
    <>
      <Box
        x={10}
        y={64}
        w={104}
        h={62}
        title="manager"
        mood={sets ? "plain" : "off"}
        lines={sets ? ["sets", "delegate_*"] : ["not used"]}
      />
      {sets && <path class="arrow" d="M114 95H136" marker-end="url(#tip)" />}
    </>
  );
}

interface PartProps extends Shown {
  readonly uses: boolean;
}

function Bpffs({ now, answer, uses }: PartProps): JSX.Element {
  const refused = answer.stages.some(
    ({ stage, status }) => stage === "mount" && status === "refused",
  );
  const title = now.owner === "host" ? "bpffs of the host" : "bpffs on /sys/fs/bpf";
  const lines = axisNames.map((axis) => short(`${axis.padEnd(8)}${now.masks[axis] || "–"}`, 29));
  const mood = !uses ? "off" : refused ? "bad" : now.owner === "host" ? "warn" : "plain";
  return <Box x={138} y={60} w={244} h={102} title={title} mood={mood} lines={lines} />;
}

/** What became of the token. */
function tokenOf({ answer, uses, now }: PartProps): readonly [mood: Mood, line: string] {
  if (!uses) return ["off", "none"];
  const created = answer.stages.find(({ stage }) => stage === "token");
  if (created?.status !== "passed") return ["bad", "not created"];
  if (now.action === "token") return ["good", "created"];
  if (!now.flag) return ["warn", "not read"];
  const ignored = answer.stages.some(({ checks }) =>
    checks.some(({ status }) => status === "ignored"),
  );
  return ignored ? ["warn", "ignored"] : ["good", "used"];
}

function Token(props: PartProps): JSX.Element {
  const [mood, line] = tokenOf(props);
  return (
    <>
      <path class={`arrow ${mood}`} d="M330 162V188" marker-end="url(#tip)" />
      {props.uses && props.now.place !== "host" && (
        <path class={`arrow ${mood}`} d="M282 216H257" marker-end="url(#tip)" />
      )}
      <Box x={282} y={190} w={100} h={52} title="token" mood={mood} lines={[line]} />
    </>
  );
}

function programHeight({ caps }: TryState): number {
  return 30 + 16 * Math.max(caps.length, 1) + 8;
}

function Program({ now }: { readonly now: TryState }): JSX.Element {
  const onHost = now.place === "host";
  const x = onHost ? 10 : 142;
  const caps = now.caps.length === 0 ? ["no capability"] : now.caps.map((name) => `CAP_${name}`);
  const w = 112;
  return (
    <>
      {now.place === "nested" && (
        <g class="box warn frame">
          <rect x={133} y={168} width={130} height={programHeight(now) + 28} rx="6" />
          <text x={140} y={184} class="title">
            nested userns
          </text>
        </g>
      )}
      <Box x={x} y={190} w={w} h={programHeight(now)} title="program" mood="plain" lines={caps} />
    </>
  );
}

const calls: Readonly<Record<TryState["action"], (now: TryState) => string>> = {
  token: () => "TOKEN_CREATE",
  map: ({ map }) => `MAP_CREATE ${map.toLowerCase()}`,
  prog: ({ prog }) => `PROG_LOAD ${prog.toLowerCase()}`,
  btf: () => "BTF_LOAD",
};

function Kernel({ now, answer }: Shown): JSX.Element {
  const x = now.place === "host" ? 66 : 206;
  const mood = answer.ok ? "good" : "bad";
  return (
    <>
      <path
        class={`arrow ${mood}`}
        d={`M${x} ${190 + programHeight(now)}V350`}
        marker-end="url(#tip)"
      />
      <text x={x + 10} y={336} class="line">
        {short(calls[now.action](now), 30)}
      </text>
      <g class={`box ${mood}`}>
        <rect x={2} y={352} width={396} height={82} rx="6" />
        <text x={12} y={373} class="title">{`Linux ${now.release}`}</text>
        <text x={12} y={394} class="line">{`unprivileged_bpf_disabled=${now.sysctl}`}</text>
        <text x={12} y={412} class="line">
          {now.lsm === "none" ? "LSM allows" : `LSM refuses ${now.lsm}`}
        </text>
        <text x={386} y={380} class="verdict-text" text-anchor="end">
          {answer.ok ? "✓ ok" : `✗ ${answer.errno}`}
        </text>
      </g>
    </>
  );
}

/** Cuts a text that does not fit its box. */
function short(text: string, limit: number): string {
  const letters = [...text];
  return letters.length <= limit ? text : `${letters.slice(0, limit - 1).join("")}…`;
}
