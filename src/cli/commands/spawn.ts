import { resolve } from 'node:path'
import type { SpawnedWorker } from '../../config/spawned.ts'
import type { AgentSpec } from '../../core/agent-spec.ts'
import { Exit, UserError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet.ts'
import { visible } from '../../core/text.ts'
import type { Outcome } from '../../daemon/control/control.ts'
import { durationOption } from '../durations.ts'
import { printOutcomes } from '../render/outcomes.ts'
import { toJson } from '../text.ts'
import { spawnCli } from '../town/spawn-cli.ts'
import type { CliDeps, Command, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { reporter } from './worker.ts'

/** As tinytown: rounds, and time with nothing to do. */
const usual = { rounds: 10, idleMs: 300_000 }
/** A watchdog takes the new worker up within a second of its file. Milliseconds. */
const takenUpMs = 15_000
const lookEveryMs = 100

export const command: Command = (call, deps) =>
  withFleet({ ...call, config: call.config ?? deps.env.AGENTS_CONFIG }, deps, async (open) => {
    const spawning = await deps.spawning()
    const asked = await workerOf(call, open.fleet, deps)
    // Whatever is wrong with it is said before the town is opened, and so before anything is made.
    const { fleet: trial } = await spawning.tryOut(open.fleet, asked)
    const town = await deps.openTown(trial)
    const record = async () => {
      const parent = text(call, 'parent')
      const found = parent === undefined ? undefined : await spawning.find(town.town, parent)
      const worker = { ...asked, ...optional('parent', found?.id) }
      const { fleet, spec } = await spawning.tryOut(open.fleet, worker)
      const me = await spawning.enrol(town.town, fleet, spec, !open.watched)
      return { worker, fleet, spec, me, place: town.place.name }
    }
    const made = await record().finally(town.close)
    if (call.options.foreground === true) {
      await deps.io.err(`${made.me.name} (${made.me.id}) works in this terminal\n`)
      return deps.runWorker({ fleet: made.fleet, spec: made.spec, report: reporter(deps), alone: true })
    }
    await spawning.keep(made.fleet, made.worker)
    const outcome = await start(open, made.spec, deps)
    if (call.options.json !== true) return printOutcomes([outcome], call, deps)
    const { name, session, backend, role, dir, worker } = made.spec
    const { id, label } = made.me
    const told = { name, id, label, session, backend, role, dir, limits: worker }
    await deps.io.out(toJson({ version: 1, town: made.place, worker: told, outcome }))
    return outcome.result === 'failed' || outcome.result === 'refused' ? Exit.failed : Exit.done
  })

async function workerOf(call: Invocation, fleet: Fleet, deps: CliDeps): Promise<SpawnedWorker> {
  const cli = text(call, 'cli')
  const dir = text(call, 'dir')
  return {
    name: call.args[0]!,
    ...(await spawnCli(cli, fleet, deps)),
    maxRounds: roundsOf(call),
    idleTimeoutMs: durationOption('idle-timeout', call.options['idle-timeout']) ?? usual.idleMs,
    ...optional('role', text(call, 'role')),
    ...optional('nickname', text(call, 'nickname')),
    ...(dir === undefined ? {} : { dir: resolve(deps.cwd, dir) }),
    at: deps.now(),
  }
}

function roundsOf(call: Invocation): number {
  const given = call.options['max-rounds']
  if (given === undefined) return usual.rounds
  const read = Number(given)
  if (Number.isInteger(read) && read >= 0 && read <= 1_000_000 && String(given).trim() !== '') return read
  throw new UserError({
    code: 'CLI_OPTION_VALUE',
    what: `--max-rounds ${visible(String(given))} is no whole number.`,
    fix: 'Write for example --max-rounds 10; 0 is no end.',
    exit: Exit.usage,
  })
}

function text(call: Invocation, option: string): string | undefined {
  const given = call.options[option]
  if (typeof given !== 'string') return undefined
  if (given.trim() !== '' && !/[\0\n\r]/.test(given)) return given.trim()
  throw new UserError({
    code: 'CLI_OPTION_VALUE',
    what: `--${option} has no usable value.`,
    fix: 'Write one line of text.',
    exit: Exit.usage,
  })
}

const optional = <K extends string>(key: K, value: string | undefined) =>
  value === undefined ? {} : ({ [key]: value } as Record<K, string>)

/** A watchdog finds the worker in the file and starts it; without one this command does. */
async function start(open: OpenFleet, { name, session }: AgentSpec, deps: CliDeps): Promise<Outcome> {
  if (!open.watched) {
    const own = await deps.openFleet(open.fleet.configPath)
    const [outcome] = await own.control.up([name]).finally(own.close)
    return outcome ?? { name, result: 'failed', detail: 'no answer' }
  }
  const until = deps.now() + takenUpMs
  const stop = deps.io.interrupted()
  while (deps.now() < until && !stop.aborted) {
    const { agents } = await open.control.status()
    if (agents.some((agent) => agent.name === name)) return startedNow(open, name, session)
    await deps.sleep(lookEveryMs, stop)
  }
  const detail = `it is written down, and the watchdog has not taken it up yet: agents up ${name}`
  return { name, result: 'failed', detail }
}

/** Also one of that name that was taken down before. */
async function startedNow({ control }: OpenFleet, name: string, session: string): Promise<Outcome> {
  const [outcome] = await control.up([name])
  if (outcome === undefined) return { name, result: 'failed', detail: 'no answer' }
  return outcome.result === 'already-up'
    ? { name, result: 'started', detail: `runs in session ${session}` }
    : outcome
}
