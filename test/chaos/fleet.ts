/** The fleet that the faults are done to: names, what each is like, and its agents.toml. */
export interface Member {
  name: string
  mode: 'composer' | 'working' | 'limited' | 'asking' | 'stubborn' | 'family' | 'task' | 'crasher'
  kind: 'loop' | 'persistent' | 'task' | 'orchestrator'
  /** May be picked for faults that end it. */
  mortal: boolean
}

export const prefix = 'c-'

export const members: readonly Member[] = [
  { name: 'builder', mode: 'composer', kind: 'loop', mortal: true },
  { name: 'adversary', mode: 'composer', kind: 'loop', mortal: true },
  { name: 'alpha', mode: 'composer', kind: 'persistent', mortal: true },
  { name: 'alpha2', mode: 'composer', kind: 'persistent', mortal: true },
  { name: 'beta', mode: 'family', kind: 'persistent', mortal: true },
  { name: 'gamma', mode: 'stubborn', kind: 'persistent', mortal: true },
  { name: 'delta', mode: 'working', kind: 'persistent', mortal: true },
  { name: 'limited', mode: 'limited', kind: 'persistent', mortal: false },
  { name: 'asker', mode: 'asking', kind: 'persistent', mortal: false },
  { name: 'waker', mode: 'composer', kind: 'orchestrator', mortal: true },
  { name: 'crasher', mode: 'crasher', kind: 'persistent', mortal: false },
  { name: 'errand', mode: 'task', kind: 'task', mortal: false },
]

/** Always there while wanted up; the task ends by itself. */
export const standing = members.filter((member) => member.kind !== 'task')
export const mortals = members.filter((member) => member.mortal).map((member) => member.name)
export const loops = members.filter((member) => member.kind === 'loop').map((member) => member.name)

/** Restart limits of the fleet: lenient enough for a fault a second, small enough to be reached by a crash loop. */
export const governor = { intensity: 30, periodMs: 30_000, parkAfter: 36, parkPeriodMs: 60_000 }

export const phaseCount = 400

const backend: Record<Member['mode'], string> = {
  composer: `composer_re = '> '\n`,
  working: 'stall_idle = 2\n',
  limited: `limit_re = 'usage limit'\nfatal_re = 'usage limit'\nstall_idle = 1\n`,
  asking: `asking_re = 'Do you want to proceed'\n`,
  stubborn: '',
  family: '',
  task: '',
  crasher: '',
}

/** What an edit may change. */
export interface Edit {
  /** Model of `alpha2`. */
  model: string
  /** An agent that is in the file for a while. */
  extra: boolean
}

/** The text of agents.toml. The phases come last and are needed: cut anywhere, the file is never a good one. */
export function fleetToml(box: string, node: string, edit: Edit): string {
  const agent = (member: Member): string => agentToml(box, member, edit)
  const extra: Member = { name: 'extra', mode: 'composer', kind: 'persistent', mortal: true }
  const phases = Array.from({ length: phaseCount }, (_, n) => `{ id = "p${n}", status = "STATUS-${n}.md" }`)
  return `[defaults]
session_prefix = "${prefix}"
log_dir = "logs"
tmux_socket = "${box}/s"
stop_grace = "1s"

[watchdog]
signal_interval = 1
heavy_interval = 1
stop_removed = true
restart_intensity = ${governor.intensity}
restart_period = "${governor.periodMs}ms"
park_after = ${governor.parkAfter}
park_period = "${governor.parkPeriodMs}ms"
backoff_initial = "200ms"
backoff_max = "1s"
healthy_after = "1m"
fleet_intensity = 10000
limit_probe_fallback = "6h"
git_deadline = "4s"
log_max = "200KB"

${(Object.keys(backend) as Member['mode'][]).map((mode) => backendToml(box, node, mode)).join('\n')}
${[...members, ...(edit.extra ? [extra] : [])].map(agent).join('\n')}
# Never started: it is there so that the watchdog is given the clock that faults set off.
[backend.clock]
bin = "true"
pass_env = ["LD_PRELOAD", "FAKETIME_*", "DONT_FAKE_MONOTONIC"]

[[agent]]
name = "clock"
backend = "clock"
enabled = false

[[service]]
name = "svc"
command = "exec sleep 100000"

[loop.handoff]
repo = "repo"
[[loop.handoff.routes]]
pattern = '^claim'
to = "adversary"
message = "ping claim {count} {hash}"
[[loop.handoff.routes]]
pattern = '^review'
to = "builder"
message = "ping review {count} {hash}"
[loop.on_complete]
run = "errand"
[loop]
phases = [
  ${phases.join(',\n  ')}
]
`
}

function backendToml(box: string, node: string, mode: Member['mode']): string {
  // Ping delivery: a limited agent may be started again at once, since its prompt is typed only after the limit.
  const delivery = mode === 'limited' ? 'ping' : 'exec'
  const connect = mode === 'limited' ? 'connect_delay = 1\n' : ''
  const bin =
    mode === 'crasher'
      ? `exec sh ${box}/crasher.sh $AGENTS_AGENT`
      : `exec ${node} ${box}/fake-agent.mjs $AGENTS_AGENT ${mode}`
  return `[backend.${mode}]\nbin = '${bin}'\nprompt_delivery = "${delivery}"\n${connect}${backend[mode]}`
}

function agentToml(box: string, member: Member, edit: Edit): string {
  const lines = [
    `[[agent]]`,
    `name = "${member.name}"`,
    `kind = "${member.kind}"`,
    `backend = "${member.mode}"`,
  ]
  lines.push(
    `watch = "${member.mode === 'working' ? 'heal+stall' : 'heal'}"`,
    `env = { CHAOS_BOX = "${box}" }`,
  )
  if (member.kind === 'loop') lines.push(`role = "${member.name}"`)
  if (member.name === 'alpha2') lines.push(`model = "${edit.model}"`)
  if (member.kind === 'orchestrator' || member.mode === 'asking' || member.mode === 'limited') {
    lines.push('wake = { prompt_file = "wake.md", interval = 5 }')
  }
  return `${lines.join('\n')}\n`
}
