export interface Starter {
  prefix: string
  socket: string
  /** Name of a preset. */
  backend: string
  town: StarterTown
}

/** `name`: the town's. `file`: a tinytown.toml that is there, whose town is taken. */
export interface StarterTown {
  name: string | undefined
  file: string | undefined
}

/** Presets by preference; the first whose program is installed is written into the starter. */
export const STARTER_BACKENDS = ['claude', 'codex', 'gemini', 'opencode'] as const

/** The agents.toml that `agents init` writes. It passes `agents config check` as it is. */
export function starterConfig({ prefix, socket, backend, town }: Starter): string {
  return `#:schema ./agents.schema.json
# agents up      starts the fleet            agents status --watch   shows it
# agents down    stops it                    agents config check     checks this file
# Paths are relative to this folder. Times: "90s", "10m", "2h"; bare numbers are seconds.

[defaults]                      # for the project; agent keys here are defaults for every agent
${noted(`session_prefix = "${prefix}"`)}# required: an agent's tmux session is this + its name
log_dir = ".agents"             # required: session logs, events.jsonl, state
${noted(`tmux_socket = "${socket}"`)}# a tmux server of its own; without this line: your default one
${noted(`backend = "${backend}"`)}# claude, codex, gemini and opencode are built in
watch = "heal"                  # none | heal: restart it when it dies | heal+stall: also when it hangs

# Messages, tasks and backlog of the agents (agents list, agents send, agents backlog), in a Redis of the fleet's own
# that is started when it is needed. agents town init lets tinytown's tt in; agents town join DIR takes its town.
[town]
${townLines(town)}
# redis_url = "redis://127.0.0.1:6379/1"    # a Redis of yours instead (7.0 or later)
# enabled = false               # no town: messages go straight to the panes

# A built-in backend is changed key by key. It asks before it runs commands, and somebody has to answer:
# agents attach NAME. Flags that switch the asking off are your decision; give them only in a sandbox.
# [backend.${backend}]
# flags = ""                    # put after the command
# stall_idle = "5m"             # heal+stall: silent this long means hung

# One table an agent.
[[agent]]
name = "worker"
kind = "persistent"             # persistent: stays | task: runs once | loop: works through [loop].phases
# model = ""                    # empty: the backend's own default
# dir = "."                     # where it works
prompt = """
You work in this folder. Read README.md if there is one, say in two sentences what this project is,
and wait for instructions.
"""                             # or prompt_file = "prompts/worker.md"
# wake = { prompt_file = "prompts/wake.md", interval = "1h" }    # text sent to it when it is idle

# Who is told when an agent asks, fails, is parked or limited, or a phase is done: agents notify test tries it.
# [notify]
# bell = true                   # or command = ["notify-send", "agents"], or webhook = "https://…"

# A plain command beside the agents.
# [[service]]
# name = "web"
# command = "npm run dev"

# Two agents that work through phases and hear of each other's commits. prompts/ holds texts to start from.
# Both need a clone of their own with a common remote.
#
# [[agent]]
# name = "builder"
# kind = "loop"
# role = "builder"              # its prompt: the kickoff template + prompts/builder.md
# dir = "../builder"
#
# [[agent]]
# name = "adversary"
# kind = "loop"
# role = "adversary"
# dir = "../adversary"
#
# [loop]
# kickoff_template = "prompts/kickoff.md"
# phases = [
#   { id = "one", plan = "docs/plan-one.md", status = "one-status.md" },
#   { id = "two", plan = "docs/plan-two.md", status = "two-status.md" },
# ]
# [loop.handoff]
# repo = "../builder"           # fetched for commits "claim: ..." and "review: ..."
#
# [watchdog]                    # the slowest allowed reactions; events make it faster
# signal_interval = 30
# heavy_interval = 300
`
}

function townLines({ name, file }: StarterTown): string {
  const lines = [
    ...(file === undefined
      ? []
      : [`${noted(`file = "${file}"`)}# name and address are those of this town of tinytown`]),
    ...(name === undefined
      ? []
      : [`${noted(`name = "${name}"`)}# all agents of one name on one Redis see each other`]),
  ]
  return lines.join('\n')
}

/** Comments of one block stand in one column. */
function noted(setting: string): string {
  return `${setting.padEnd(31)} `
}
