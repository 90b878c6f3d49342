import { join } from 'node:path'
import { probeRegex } from '../adapters/regex/index.ts'
import {
  askWatchdog,
  callControl,
  controlPath,
  recallState,
  type WatchdogAnswer,
} from '../adapters/socket/index.ts'
import { passEnv } from '../backends/env.ts'
import { Exit, type Fleet, OutsideError, type Problem, UserError } from '../core/index.ts'
import { loadFleetConfig } from './config/source.ts'
import type { FleetControl } from './control/control.ts'
import {
  createDirect,
  type Direct,
  hello,
  helloMs,
  type OpenOptions,
  type Silence,
} from './control/direct.ts'
import { createRemoteControl } from './control/remote.ts'
import { placeVariables } from './town/variables.ts'

export type { OpenOptions }

export interface OpenedFleet {
  fleet: Fleet
  problems: Problem[]
  control: FleetControl
  /** A watchdog answers; changes go through it. */
  watched: boolean
  close(): Promise<void>
}

/**
 * The fleet of a config for one command: through the watchdog when one runs, else directly.
 * @throws {UserError} CONFIG_INVALID with all problems, exit 2
 */
export async function openFleet(options: OpenOptions): Promise<OpenedFleet> {
  const overridden = overrides(options.env)
  const loaded = await loadFleetConfig(
    options.configPath,
    overridden ? options.env : undefined,
    options.thorough === true ? probeRegex : undefined,
    undefined,
    options.townOnly,
  )
  if (loaded.kind === 'refused') return openBroken(options, loaded.problems)
  const { fleet, problems, blockedAgents } = loaded
  const { path, shut } = await socketOf(fleet)
  const greeting = await askWatchdog(fleet.stateDir, path, hello, helloMs)
  const watched = greeting.kind === 'answer'
  const silence = silenceOf(greeting) ?? (watched ? undefined : shut)
  const direct = createDirect(options, fleet, problems, blockedAgents, path, silence)
  const remote = createRemoteControl(fleet.stateDir, path)
  return {
    fleet,
    problems,
    watched,
    control: controlOf(
      watched,
      silence,
      throughWatchdog(
        withEnvironment(remote, path, fleet, options.env),
        overridden ? beside(direct, path, fleet) : direct,
        overridden,
      ),
      direct,
    ),
    close: direct.close,
  }
}

/** The socket of its watchdog; and why nothing can be written down where it is. */
async function socketOf({ stateDir }: Fleet): Promise<{ path: string; shut?: Silence }> {
  return controlPath(stateDir).then(
    (path) => ({ path }),
    (error: unknown) => {
      const known = error instanceof OutsideError || error instanceof UserError
      if (!known || !shutCodes.includes(error.code)) throw error
      const fix = error.fix ?? 'Let it be written to, or name another folder in log_dir of agents.toml.'
      return {
        path: join(stateDir, 'control.sock'),
        shut: { code: 'FILES_FOLDER', what: error.message, fix },
      }
    },
  )
}

/** It is there or not, and is nobody else's. */
const shutCodes = ['FILES_FOLDER', 'FOLDER_NOWHERE']

function controlOf(
  watched: boolean,
  silence: Silence | undefined,
  through: FleetControl,
  direct: Direct,
): FleetControl {
  if (watched) return through
  return silence === undefined ? direct.control : pastSilent(direct, silence)
}

/** A watchdog that is there and does not answer: what is wrong with it, and what to type. */
function silenceOf(greeting: WatchdogAnswer): Silence | undefined {
  if (greeting.kind === 'timeout') {
    return {
      code: 'WATCHDOG_SILENT',
      what: 'the watchdog does not answer',
      fix: 'Try again in 10 s, or end it: `agents down watchdog`.',
    }
  }
  if (greeting.kind !== 'stopped') return undefined
  return {
    code: 'WATCHDOG_SILENT',
    what: `the watchdog (pid ${greeting.pid}) does not answer: its process is stopped (SIGSTOP)`,
    fix: `Continue it: \`kill -CONT ${greeting.pid}\`, or end it: \`agents down watchdog\`.`,
  }
}

/**
 * A watchdog that holds the fleet and does not answer is killed and restarted by itself when it hangs. Meanwhile, and as
 * long as nothing can be written down, nothing is changed beside it; looking is done here, and so is ending it.
 */
function pastSilent({ control }: Direct, { code, what, fix }: Silence): FleetControl {
  const refuse = (): Promise<never> =>
    Promise.reject(new UserError({ code, what: `Nothing was done: ${what}.`, fix, exit: Exit.failed }))
  return {
    ...control,
    up: refuse,
    restart: refuse,
    reset: refuse,
    pause: refuse,
    interrupt: refuse,
    drain: refuse,
    resume: refuse,
    adopt: refuse,
    setPhase: refuse,
    send: refuse,
    acknowledge: refuse,
    withdraw: refuse,
    down: (names, opts) =>
      names.length === 0 || names.includes('watchdog') ? control.down(names, opts) : refuse(),
  }
}

/**
 * The watchdog starts agents with its own environment. What the backends ask for (`pass_env`: keys, proxies) is handed
 * over from the operator's, by the control socket, before anything is started.
 */
function withEnvironment(
  remote: FleetControl,
  path: string,
  fleet: Fleet,
  env: NodeJS.ProcessEnv,
): FleetControl {
  const wanted = [
    ...Object.values(fleet.backends).flatMap((backend) => backend.passEnv),
    ...(fleet.notify?.webhookTokenEnv === undefined ? [] : [fleet.notify.webhookTokenEnv]),
    ...placeVariables(fleet),
  ]
  const lend = async (): Promise<void> => {
    const picked = passEnv(wanted, env)
    if (Object.keys(picked).length === 0) return
    await callControl(path, { verb: 'environment', args: [picked] }, { timeoutMs: helloMs })
  }
  return {
    ...remote,
    up: (names) => lend().then(() => remote.up(names)),
    restart: (names, opts) => lend().then(() => remote.restart(names, opts)),
  }
}

/**
 * The file is broken or gone: a running watchdog still has the last good config in force and answers for it.
 * @throws {UserError} CONFIG_INVALID when none runs
 */
async function openBroken(options: OpenOptions, problems: Problem[]): Promise<OpenedFleet> {
  const stateDir = await recallState(options.configPath)
  const path = stateDir === undefined ? undefined : await controlPath(stateDir)
  const answer =
    path === undefined ? undefined : await askWatchdog(stateDir!, path, { verb: 'config', args: [] }, helloMs)
  if (path === undefined || answer?.kind !== 'answer') throw new ConfigRefused(options.configPath, problems)
  const { fleet } = answer.value as { fleet: Fleet }
  const direct = createDirect(options, fleet, problems, new Map(), path)
  return {
    fleet,
    problems,
    watched: true,
    control: throughWatchdog(createRemoteControl(fleet.stateDir, path), direct, false),
    close: direct.close,
  }
}

/** The config as a whole is refused; carries every problem for the printer. */
export class ConfigRefused extends UserError {
  readonly problems: Problem[]
  constructor(path: string, problems: Problem[]) {
    super({
      code: 'CONFIG_INVALID',
      what: `${path} has ${problems.length} problem(s); nothing was done.`,
      fix: 'Mend what is listed; `agents config check` lists it again.',
      file: path,
      exit: Exit.usage,
    })
    this.problems = problems
  }
}

const overrides = (env: NodeJS.ProcessEnv): boolean =>
  Object.keys(env).some((key) => /^AGENT_(MODEL|BACKEND)_/.test(key) && env[key] !== '')

/** A stopped agent is waited for, and a start takes a moment; after that the watchdog looks after it again. Milliseconds. */
const startAllowanceMs = 15_000

/**
 * Starts done here although a watchdog runs: it leaves those agents alone meanwhile. Otherwise it would heal what is
 * stopped here before it is started here, as its own config says, and count that as a failure.
 */
function beside(direct: Direct, path: string, fleet: Fleet): Direct {
  async function spared<T>(names: readonly string[], graceMs: number, change: () => Promise<T>): Promise<T> {
    const agents = fleet.agents.filter((spec) => names.length === 0 || names.includes(spec.name))
    const each = agents.map((spec) => spec.name)
    const longestMs = Math.max(graceMs, ...agents.map((spec) => spec.stopGraceMs)) + startAllowanceMs
    await callControl(path, { verb: 'spare', args: [each, longestMs] }, { timeoutMs: startAllowanceMs })
    return change().finally(() =>
      callControl(path, { verb: 'unspare', args: [each] }, { timeoutMs: helloMs }),
    )
  }
  const { control } = direct
  return {
    ...direct,
    control: {
      ...control,
      up: (names, opts) => spared(names, 0, () => control.up(names, opts)),
      restart: (names, opts) => spared(names, opts.graceMs ?? 0, () => control.restart(names, opts)),
    },
  }
}

/**
 * With a watchdog: its own word on everything, except that stopping all stops the watchdog first and is then done
 * here, and that a start with `AGENT_MODEL_…` set is done here, so that the override holds for this call only.
 */
function throughWatchdog(remote: FleetControl, direct: Direct, overridden: boolean): FleetControl {
  return {
    ...remote,
    down: (names, opts) =>
      names.length === 0 || names.includes('watchdog')
        ? direct.control.down(names, opts)
        : remote.down(names, opts),
    up: (names, opts) => (overridden ? direct.control.up(names, opts) : remote.up(names, opts)),
    restart: (names, opts) =>
      overridden ? direct.control.restart(names, opts) : remote.restart(names, opts),
  }
}
