import { dirname, join } from 'node:path'
import { redactUrl } from '../../adapters/redis/redact.ts'
import { foregroundCommand } from '../../backends/foreground.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { listAgents } from '../../town/agents/agents.ts'
import { conductorText } from '../../town/setup/conductor.ts'
import { listBacklog } from '../../town/tasks/backlog.ts'
import { listTasks } from '../../town/tasks/tasks.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { toJson } from '../text.ts'
import { conductorBackend } from '../town/conductor-cli.ts'
import type { CliDeps, Command, Invocation, OpenTown } from '../types.ts'
import { withTown } from '../with-town.ts'

/** Starts an agent CLI in this terminal that knows the town and leads it. Its exit code is ours. */
export const command: Command = async (call, deps) => {
  const made = await withTown(call, deps, (open) => prepare(open, call, deps))
  if (call.options.json === true || call.options.print === true) {
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, cli: made.cli, argv: made.argv, file: made.file, text: made.text })
        : made.text,
    )
    return Exit.done
  }
  const { which } = await deps.host()
  const program = made.argv[0] ?? ''
  if (which(program) === undefined)
    throw new UserError({
      code: 'CONDUCTOR_MISSING',
      what: `${visible(program)} is not installed, or not on PATH.`,
      fix: 'Name another one: agents conductor --cli NAME, or agents config conductor_cli NAME',
      exit: Exit.missingTool,
    })
  return (await deps.foreground(made.argv, { cwd: made.folder, env: made.env })) as ExitCode
}

/** What it needs to lead; and what of that wants a person's hands or eyes, or is no command to be typed. */
const GROUPS = /^(?:Town: (?!set up)|Look at it|Talk)/
const NOT_FOR_IT = new Set(['attach', 'explain', 'record', 'limits', 'plan', 'worker'])

interface Made {
  cli: string
  argv: string[]
  file: string
  text: string
  folder: string
  env: NodeJS.ProcessEnv
}

async function prepare(open: OpenTown, call: Invocation, deps: CliDeps): Promise<Made> {
  const { fleet } = open
  const text = await contextOf(open)
  const file = join(fleet.stateDir, 'conductor.md')
  const backend = await conductorBackend(call, fleet, deps)
  const started = foregroundCommand(backend, text, file)
  if (started.kind !== 'argv') throw unfit(backend.name, started)
  // For its owner alone: task texts and names of agents are nobody else's.
  const written = await (await deps.host()).replace(file, text)
  if (written.kind === 'failed')
    throw new UserError({
      code: 'CONDUCTOR_WRITE',
      what: `${file} cannot be written (${written.why}).`,
      file,
    })
  return {
    cli: backend.name,
    argv: started.argv,
    file,
    text,
    folder: dirname(fleet.configPath),
    env: environment(deps.env, fleet.configPath, await deps.tools(fleet)),
  }
}

async function contextOf({ town, fleet, place }: OpenTown): Promise<string> {
  const [agents, tasks, backlog, inbox, urgent] = await Promise.all([
    listAgents(town),
    listTasks(town, { states: ['assigned', 'running'] }),
    listBacklog(town),
    town.redis.call('LLEN', town.keys.inbox(SUPERVISOR)),
    town.redis.call('LLEN', town.keys.urgent(SUPERVISOR)),
  ])
  const { VERBS } = await import('../table.ts')
  const verbs = VERBS.filter(({ name, group }) => GROUPS.test(group) && !NOT_FOR_IT.has(name))
  return conductorText({
    town: town.name,
    folder: dirname(fleet.configPath),
    address: place.redis.kind === 'private' ? `unix://${place.redis.socket}` : redactUrl(place.redis.url),
    agents,
    tasks,
    backlog: backlog.flatMap(({ task }) => task ?? []),
    waiting: Number(inbox) + Number(urgent),
    verbs: verbs.map(({ name, args, summary }) => ({
      synopsis: args === '' ? name : `${name} ${args}`,
      summary,
    })),
  })
}

/** Nobody's session: who types here is the supervisor, also for programs written for tinytown. */
function environment(env: NodeJS.ProcessEnv, configPath: string, tools: string): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(
    ([name]) => !/^AGENTS_(?:TOKEN|SELF|IDENTITY|SOCKET|STATE|RUN|AGENT)$/.test(name),
  )
  return {
    ...Object.fromEntries(own),
    PATH: [env.PATH ?? '/usr/bin:/bin', tools].join(':'),
    AGENTS_CONFIG: configPath,
    TINYTOWN_AGENT_ID: SUPERVISOR,
    TINYTOWN_AGENT_NAME: 'supervisor',
  }
}

function unfit(name: string, why: { kind: 'shell'; text: string } | { kind: 'typed' }): UserError {
  return new UserError({
    code: 'CONDUCTOR_CLI',
    what:
      why.kind === 'typed'
        ? `${visible(name)} takes its first message only by typing.`
        : `What starts ${visible(name)} needs a shell: ${visible(why.text)}`,
    fix: 'Name another one: agents conductor --cli claude (or codex, gemini, copilot, cursor). Or read the document: agents conductor --print',
    exit: Exit.usage,
  })
}
