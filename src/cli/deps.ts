import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { packageFolder, programEntry, programName } from '../adapters/host/program.ts'
import { configMeant } from './config-meant.ts'
import { createIo } from './io.ts'
import type { CliDeps, ConfigReading, ReadOptions } from './types.ts'

/** The real things, each loaded when a verb first asks for it: `agents status` reads no more than it needs. */
export function createDeps(): CliDeps {
  const { env } = process
  const cwd = process.cwd()
  const entry = programEntry()
  const program = { node: process.execPath, entry }
  const host = async () => (await import('../adapters/host/host.ts')).createHost(env)
  const io = createIo(env)
  const session = { cwd, env, program: programName(), say: io.err, told: false }
  const meant = (config: string | undefined) => configMeant(session, config)
  return {
    io,
    cwd,
    env,
    home: homedir(),
    now: Date.now,
    sleep,
    configPath: async (config) => existing(cwd, await meant(config)),
    openFleet: async (config, options) => {
      const { openFleet } = await import('../daemon/open.ts')
      const { thorough = false, townOnly = false } = options ?? {}
      const configPath = await known(cwd, await meant(config), townOnly)
      return openFleet({ configPath, env, program, thorough, townOnly })
    },
    townOn: async (fleet) => (await import('../daemon/town/open.ts')).isTownOn(fleet),
    openTown: async (fleet, options) => {
      const { openTown } = await import('../daemon/town/open.ts')
      return { fleet, ...(await openTown(fleet, { env, role: 'cli', ...options })) }
    },
    readConfig: async (config, options) =>
      readConfig(resolve(cwd, (await meant(config)) ?? 'agents.toml'), env, options),
    renderProblems: async (problems) => (await import('../config/problem.ts')).renderProblems(problems),
    jsonSchema: async () => (await import('../config/json-schema.ts')).jsonSchema(),
    runWatchdog: async ({ config, ...options }) => {
      const { runWatchdog } = await import('../daemon/watchdog.ts')
      const configPath = options.inSession
        ? resolve(cwd, config ?? 'agents.toml')
        : await existing(cwd, config)
      return runWatchdog({ ...options, configPath, program, env })
    },
    runWorker: async (options) => {
      const { startWorker } = await import('../daemon/worker/start.ts')
      const print = (text: string) => void process.stdout.write(text)
      return startWorker({ ...options, env, program, print, terminal: process.stdout.isTTY })
    },
    spawning: async () => {
      const [{ giveRounds, keepSpawned, trySpawn, unspawn }, { enrolIdentity }, { findAgent }] =
        await Promise.all([
          import('../daemon/worker/spawn.ts'),
          import('../daemon/worker/identity.ts'),
          import('../town/agents/agents.ts'),
        ])
      return {
        tryOut: trySpawn,
        keep: keepSpawned,
        unspawn,
        giveRounds,
        enrol: enrolIdentity,
        find: findAgent,
      }
    },
    runService: async (options) => {
      const { runService } = await import('../daemon/service-run.ts')
      return runService({ ...options, program })
    },
    events: async (fleet) => {
      const { createEventLog } = await import('../adapters/files/event-log.ts')
      const { createLocks } = await import('../adapters/files/locks.ts')
      return createEventLog(fleet.logDir, { locks: createLocks() })
    },
    processes: async () => (await import('../adapters/procs/command-lines.ts')).commandLines(),
    logs: async () => (await import('../adapters/files/session-log.ts')).createSessionLog(),
    attacher: async () => (await import('../adapters/tty/exec.ts')).createAttacher(env),
    host,
    tmuxVersion: async () => (await import('../adapters/tmux/version.ts')).tmuxVersion(),
    installHint: async () => {
      const { installHint } = await import('./install-hint.ts')
      const { which, platform, uid } = await host()
      const machine = { has: (command: string) => which(command) !== undefined, platform, root: uid === 0 }
      return (tool) => installHint([tool], machine)
    },
    transcripts: async () => (await import('../adapters/files/jsonl.ts')).createTranscriptFiles(),
    screens,
    foreground: async (argv, options) =>
      (await import('../adapters/tty/foreground.ts')).foreground(argv, options),
    presets: async () => (await import('../backends/presets/index.ts')).presets,
    tools: async (fleet) => {
      const { createStateStore } = await import('../adapters/files/state-store.ts')
      const { prepareTools } = await import('../daemon/act/tools.ts')
      return prepareTools({ fleet: () => fleet, store: createStateStore(fleet.stateDir), program })
    },
    lineFiles: async () => (await import('../adapters/files/line-files.ts')).createLineFiles(),
    askLine: async () => (await import('../adapters/tty/ask-line.ts')).askLine(),
    visitTown: async (name, place) => (await import('../daemon/town/visit.ts')).visitTown(name, place),
    rememberTown: async (fleet, name) => (await townsHere(cwd, env)).remember(fleet, name),
    seeTowns: async () => (await townsHere(cwd, env)).see(),
    tomlFiles: async () => (await import('../adapters/files/toml-files.ts')).createTomlFiles(),
    reportDoor: async () => (await import('../adapters/socket/report-door.ts')).createReportDoor(),
    controlSocket: async (fleet) => (await import('../adapters/socket/index.ts')).controlPath(fleet.stateDir),
    stateStore: async (folder) => (await import('../adapters/files/state-store.ts')).createStateStore(folder),
    detectorCases: async () => (await import('./selftest/detector.ts')).detectorProofs(),
    program: programName(),
    version: async () => (await import('./version.ts')).version,
    self: [process.execPath, entry],
    packageDir: packageFolder(),
  }
}

/**
 * As `existing`, but a file that is gone while its watchdog runs is still that fleet's config.
 * @throws {UserError} CONFIG_MISSING, exit 2
 */
async function known(cwd: string, config: string | undefined, townOnly: boolean): Promise<string> {
  const path = resolve(cwd, config ?? 'agents.toml')
  const { recallState } = await import('../adapters/socket/index.ts')
  return (await recallState(path)) === undefined ? existing(cwd, config, townOnly) : path
}

/** @throws {UserError} CONFIG_MISSING, exit 2 */
async function existing(cwd: string, config: string | undefined, townOnly = false): Promise<string> {
  const { createConfigFiles } = await import('../adapters/files/config-files.ts')
  const { findConfig } = await import('../config/find.ts')
  return findConfig(createConfigFiles(), cwd, config, townOnly)
}

async function readConfig(
  path: string,
  env: NodeJS.ProcessEnv,
  { thorough = false, townOnly = false }: ReadOptions = {},
): Promise<ConfigReading> {
  const { createConfigFiles } = await import('../adapters/files/config-files.ts')
  const { presets } = await import('../backends/presets/index.ts')
  const { loadConfig } = await import('../config/load.ts')
  const probe = thorough ? { probeRegex: (await import('../adapters/regex/probe.ts')).probeRegex } : {}
  const loaded = await loadConfig({ files: createConfigFiles(), presets, env, townOnly, ...probe }, path)
  return { ...loaded, path }
}

/** The towns of this machine, as this user knows them. */
async function townsHere(cwd: string, env: NodeJS.ProcessEnv) {
  const { townsOf } = await import('./town/towns-of.ts')
  return townsOf(env, async (config) => {
    const read = await readConfig(resolve(cwd, config), env)
    return read.kind === 'ok' ? read.fleet : undefined
  })
}

/** Nobody waits for a tick here: a batch on a busy machine gets more time than the watchdog would give it. Milliseconds. */
const SCREEN_DEADLINE = 250

async function screens() {
  const { createScreenFiles } = await import('../adapters/files/screen-files.ts')
  const { createRegexRunner } = await import('../adapters/regex/runner.ts')
  return { files: createScreenFiles(), regex: createRegexRunner({ deadlineMs: SCREEN_DEADLINE }) }
}

/** Resolves early when `signal` is aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done()
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish, { once: true })
    function finish() {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      done()
    }
  })
}
