import {
  type AgentSpec,
  type BackendSpec,
  type Claim,
  type Fleet,
  noTown,
  type PaneSight,
  type Reading,
  type ReadingState,
  type WatchdogSpec,
} from '../../src/core/index.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute

export function makeBackend(name: string, over: Partial<BackendSpec> = {}): BackendSpec {
  return {
    name,
    preset: undefined,
    bin: name,
    promptDelivery: 'arg',
    processName: name,
    patterns: { composer: '>' },
    footerUi: false,
    logGraceMs: 0,
    stallIdleMs: 5 * minute,
    submitKey: 'Enter',
    bootSubmitKey: 'Enter',
    interruptKey: 'Escape',
    steers: false,
    steadyActive: false,
    connectDelayMs: 0,
    attach: '',
    server: '',
    preamble: '',
    modelEnv: false,
    supportsResume: false,
    promptFlag: '',
    resumeFlag: '',
    remoteControl: false,
    remoteControlFlag: '',
    modelFlag: '',
    flags: '',
    hooks: false,
    hooksFlag: '',
    passEnv: [],
    account: name,
    ...over,
  }
}

export function makeAgent(name: string, over: Partial<AgentSpec> = {}): AgentSpec {
  return {
    name,
    session: `t-${name}`,
    kind: 'persistent',
    role: undefined,
    backend: 'one',
    model: '',
    modelForced: false,
    watch: 'heal',
    enabled: true,
    dir: '/p',
    prompt: { kind: 'none' },
    resume: false,
    wake: undefined,
    restart: 'permanent',
    stopGraceMs: 1000,
    onLimit: { kind: 'wait' },
    inbox: 'deliver',
    env: {},
    ...over,
  }
}

export type WatchdogOver = Partial<Omit<WatchdogSpec, 'governor'>> & {
  governor?: Partial<WatchdogSpec['governor']>
}

export function makeWatchdog(over: WatchdogOver = {}): WatchdogSpec {
  return {
    signalIntervalMs: 30 * second,
    heavyIntervalMs: 300 * second,
    tickMs: second,
    stallGraceMs: 2 * minute,
    limitProbeFallbackMs: 5 * minute,
    limitResetSlackMs: minute,
    limitStaggerMs: 8 * second,
    overloadWaitsMs: [30 * second, minute, 2 * minute, 5 * minute],
    stopRemoved: false,
    applyNow: false,
    logMaxBytes: 0,
    typingGraceMs: 30_000,
    messageInlineBytes: 4_096,
    logKeep: 0,
    regexDeadlineMs: 50,
    tmuxDeadlineMs: 2000,
    gitDeadlineMs: 20_000,
    ...over,
    governor: {
      intensity: 5,
      periodMs: minute,
      backoffInitialMs: second,
      backoffMaxMs: 300 * second,
      backoffJitter: 0.2,
      parkAfter: 10,
      parkPeriodMs: 15 * minute,
      healthyAfterMs: 10 * minute,
      startRate: 10,
      commonCause: 3,
      fleetIntensity: 60,
      ...over.governor,
    },
  }
}

export function makeFleet(agents: AgentSpec[], over: WatchdogOver = {}): Fleet {
  return {
    configPath: '/p/agents.toml',
    projectDir: '/p',
    logDir: '/p/logs',
    stateDir: '/p/logs/state',
    sessionPrefix: 't-',
    tmux: { kind: 'default' },
    agents,
    services: [],
    backends: {
      one: makeBackend('one'),
      two: makeBackend('two', { patterns: {} }),
      mail: makeBackend('mail', { promptDelivery: 'ping' }),
      // Each with an account of its own; `wall` is the one whose limit is shared.
      ...Object.fromEntries(
        ['lim', 'mum', 'lie', 'wall'].map((name) => [name, makeBackend(name, { processName: undefined })]),
      ),
    },
    loop: undefined,
    notify: undefined,
    town: noTown,
    policies: [],
    watchdog: makeWatchdog(over),
  }
}

export function makePane(over: Partial<PaneSight> = {}): PaneSight {
  return {
    sessionName: 't-a',
    sessionId: '$1',
    paneId: '%1',
    panePid: 101,
    dead: false,
    deadStatus: undefined,
    deadSignal: undefined,
    command: 'one',
    title: '',
    piped: true,
    inMode: false,
    cursor: { column: 0, row: 0 },
    attached: 0,
    activityAt: 0,
    createdAt: 0,
    width: 200,
    height: 50,
    tag: undefined,
    ...over,
  }
}

const claimsOf: Record<ReadingState, Claim[]> = {
  working: [{ source: 'screen', says: 'working', evidence: 'a spinner' }],
  idle: [
    { source: 'screen', says: 'idle', evidence: 'an empty composer' },
    { source: 'change', says: 'quiet', evidence: 'the screen did not change' },
  ],
  asking: [{ source: 'screen', says: 'asking', evidence: 'a dialog' }],
  limited: [{ source: 'screen', says: 'limited', evidence: 'a limit banner' }],
  waiting: [{ source: 'screen', says: 'waiting', evidence: 'WAITING-UNTIL' }],
  failing: [
    { source: 'screen', says: 'fatal', evidence: 'fatal text' },
    { source: 'change', says: 'quiet', evidence: 'the screen did not change' },
  ],
  shell: [{ source: 'process', says: 'shell', evidence: 'a shell' }],
  unknown: [],
}

export function makeReading(state: ReadingState, over: Partial<Reading> = {}): Reading {
  return { state, claims: claimsOf[state], rule: `test says ${state}`, ...over }
}

/** A small seeded generator (mulberry32), so that a seed replays a run. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let x = a
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}
