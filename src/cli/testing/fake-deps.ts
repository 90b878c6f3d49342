import type { Host } from '../../adapters/host/types.ts'
import {
  type ExitCode,
  type Fleet,
  type MessageReport,
  noTown,
  type StatusReport,
  type WhyReport,
} from '../../core/index.ts'
import type { FleetControl, Outcome, PhaseSight } from '../../daemon/control/control.ts'
import { dispatch } from '../dispatch.ts'
import { describeError } from '../report-error.ts'
import type { CliDeps, Io } from '../types.ts'

/** Noon of a day, local time, so that clock times in expectations do not depend on the zone. */
export const NOON = new Date(2026, 5, 10, 12, 0, 0).getTime()

export function fakeFleet(parts: Partial<Fleet> = {}): Fleet {
  const agent = (name: string): Fleet['agents'][number] => ({
    name,
    session: `p-${name}`,
    kind: 'persistent',
    role: undefined,
    backend: 'claude',
    model: '',
    modelForced: false,
    watch: 'heal',
    enabled: true,
    dir: '/home/dev/project',
    prompt: { kind: 'none' },
    resume: false,
    wake: undefined,
    restart: 'permanent',
    stopGraceMs: 5000,
    onLimit: { kind: 'wait' },
    inbox: 'deliver',
    env: {},
  })
  return {
    configPath: '/home/dev/project/agents.toml',
    projectDir: '/home/dev/project',
    logDir: '/home/dev/project/.agents',
    stateDir: '/home/dev/project/.agents/state',
    sessionPrefix: 'p-',
    tmux: { kind: 'name', name: 'p' },
    agents: [agent('builder'), agent('scout'), agent('007')],
    services: [{ name: 'web', session: 'p-web', command: 'serve', dir: '/home/dev/project' }],
    backends: {},
    loop: undefined,
    policies: [],
    watchdog: {} as Fleet['watchdog'],
    notify: undefined,
    town: noTown,
    ...parts,
  }
}

export function fakeStatus(parts: Partial<StatusReport> = {}): StatusReport {
  return {
    version: 1,
    at: NOON,
    project: '/home/dev/project',
    config: { path: '/home/dev/project/agents.toml', problems: [], stale: false },
    phase: undefined,
    agents: [],
    services: [],
    watchdog: { life: 'up', pid: 4711, since: NOON - 60_000, session: 'p-watchdog' },
    tmux: { server: 'up', why: undefined, socket: '/tmp/t' },
    unmanaged: [],
    attention: [],
    ...parts,
  }
}

export const fakeMessage = (parts: Partial<MessageReport> = {}): MessageReport => ({
  id: 'm-1',
  agent: 'builder',
  kind: 'send',
  mode: 'queue',
  state: 'queued',
  why: undefined,
  presented: 0,
  queuedAt: NOON - 5_000,
  stagedAt: undefined,
  submittedAt: undefined,
  seenAt: undefined,
  seenBy: undefined,
  acknowledgedAt: undefined,
  failedAt: undefined,
  text: 'a text',
  file: undefined,
  ...parts,
})

export interface Fakes {
  control?: Partial<FleetControl>
  deps?: Partial<CliDeps>
  io?: Partial<Io>
  fleet?: Fleet
  /** @default true */
  watched?: boolean
}

export interface Played {
  exit: ExitCode
  out: string
  err: string
  /** Calls of the control, as `verb(args)`. */
  calls: string[]
  closed: boolean
}

/** Runs a command line against fakes the way `run.ts` does against the real things. */
export async function play(argv: string[], fakes: Fakes = {}): Promise<Played> {
  const seen: Played = { exit: 0, out: '', err: '', calls: [], closed: false }
  const deps = fakeDeps(fakes, seen)
  try {
    seen.exit = await dispatch(argv, deps)
  } catch (error) {
    const report = describeError(error, await deps.installHint())
    if (argv.includes('--json')) seen.out += report.json
    else seen.err += report.text
    seen.exit = report.exit
  }
  return seen
}

function fakeDeps(fakes: Fakes, seen: Played): CliDeps {
  const fleet = fakes.fleet ?? fakeFleet()
  const absent = () => Promise.reject(new Error('this test gave no fake for it'))
  return {
    io: fakeIo(fakes, seen),
    cwd: '/home/dev/project',
    env: {},
    home: '/home/me',
    now: () => NOON,
    sleep: () => Promise.resolve(),
    configPath: () => Promise.resolve(fleet.configPath),
    townOn: () => Promise.resolve(false),
    openTown: () => Promise.reject(new Error('this test opens no town')),
    openFleet: () =>
      Promise.resolve({
        fleet,
        problems: [],
        watched: fakes.watched ?? true,
        control: recording({ ...fakeControl(), ...fakes.control }, seen),
        close: async () => {
          seen.closed = true
        },
      }),
    readConfig: () => Promise.resolve({ kind: 'ok', path: fleet.configPath, fleet, problems: [] }),
    renderProblems: async (problems) =>
      problems.map((each) => `${each.file}:${each.line} ${each.what}`).join('\n'),
    jsonSchema: () => Promise.resolve({ type: 'object' }),
    runWatchdog: absent,
    runWorker: absent,
    spawning: absent,
    runService: absent,
    events: absent,
    processes: () => Promise.resolve([]),
    logs: absent,
    attacher: absent,
    tmuxVersion: async () => ({ kind: 'ok', version: '3.3a' }),
    host: async () => ({ which: (command: string) => `/usr/bin/${command}` }) as Host,
    installHint: () => Promise.resolve((tool) => `get ${tool}`),
    transcripts: absent,
    screens: absent,
    tomlFiles: absent,
    lineFiles: absent,
    foreground: absent,
    presets: absent,
    tools: absent,
    askLine: absent,
    visitTown: absent,
    rememberTown: async () => undefined,
    seeTowns: absent,
    reportDoor: absent,
    controlSocket: (known) => Promise.resolve(`${known.stateDir}/control.sock`),
    stateStore: absent,
    detectorCases: absent,
    program: 'agents',
    version: () => Promise.resolve('9.9.9'),
    self: ['node', 'agents.js'],
    packageDir: '/opt/agents',
    ...fakes.deps,
  }
}

function fakeIo(fakes: Fakes, seen: Played): Io {
  return {
    out: async (text) => {
      seen.out += text
    },
    err: async (text) => {
      seen.err += text
    },
    tty: false,
    columns: undefined,
    rows: undefined,
    color: false,
    interrupted: () => new AbortController().signal,
    ...fakes.io,
  }
}

function fakeControl(): FleetControl {
  const each =
    (result: Outcome['result']) =>
    (names: readonly string[]): Promise<Outcome[]> =>
      Promise.resolve(names.map((name) => ({ name, result, detail: `it ${result}` })))
  const why: WhyReport = {
    agent: 'builder',
    life: 'up',
    because: undefined,
    reading: undefined,
    decisions: [],
    plan: [],
  }
  const view: PhaseSight = { phases: [], index: 0, done: false, complete: false, why: '' }
  return {
    up: each('started'),
    down: each('stopped'),
    restart: each('restarted'),
    reset: each('reset'),
    pause: each('paused'),
    interrupt: each('interrupted'),
    drain: each('draining'),
    resume: each('resumed'),
    adopt: each('adopted'),
    status: () => Promise.resolve(fakeStatus()),
    plan: () => Promise.resolve([]),
    why: () => Promise.resolve(why),
    asks: () => Promise.resolve([]),
    answer: (agent, answer) =>
      Promise.resolve({
        agent,
        dialog: 'any-trust',
        kind: 'trust',
        answer,
        result: 'answered',
        detail: 'it went',
      }),
    phase: () => Promise.resolve(view),
    limits: () => Promise.resolve({ version: 1, at: NOON, project: '/home/dev/project', accounts: [] }),
    setPhase: () => Promise.resolve(view),
    screen: () => Promise.resolve(undefined),
    report: (call) =>
      Promise.resolve({ agent: 'builder', state: 'idle', at: call.at, until: call.at + 600_000 }),
    notifyTest: () => Promise.resolve([]),
    notifyStatus: () => Promise.resolve([]),
    send: (agent, { id, text, mode }) => Promise.resolve(fakeMessage({ id, agent, text, mode })),
    message: (id) => Promise.resolve(fakeMessage({ id })),
    outbox: () => Promise.resolve([]),
    acknowledge: (id) => Promise.resolve(fakeMessage({ id, state: 'acknowledged' })),
    withdraw: (id) => Promise.resolve(fakeMessage({ id, state: 'failed', why: 'withdrawn' })),
    close: () => Promise.resolve(),
  }
}

function recording(control: FleetControl, seen: Played): FleetControl {
  const wrapped = Object.entries(control).map(([verb, call]) => [
    verb,
    (...args: unknown[]) => {
      seen.calls.push(`${verb}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
      return (call as (...given: unknown[]) => unknown)(...args)
    },
  ])
  return Object.fromEntries(wrapped) as FleetControl
}
