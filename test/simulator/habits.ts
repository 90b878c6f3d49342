import type { AgentSpec, EpochMs, MonoMs, Reading, ReadingState } from '../../src/core/index.ts'
import type { CauseClass } from '../../src/watchdog/types.ts'
import { hour, makeReading, minute, second } from './build.ts'

/** One process of an agent, as the world knows it and the watchdog does not. */
export interface Run {
  n: number
  paneId: string
  panePid: number
  startedAt: MonoMs
  launch: string
  /** Phase it was started for. */
  phase: number
  /** Last time anything was typed to it. */
  pokedAt: MonoMs
  /** When it ends by itself, and how. */
  endsAt: MonoMs
  endsAs: CauseClass
  /** Said by the run once and kept: a banner, a WAITING-UNTIL. */
  reading: Reading | undefined
}

export interface Frame {
  reading: Reading
  cpuBusy: boolean
  command: string
}

/** What an agent's program does: the frame it shows at an age of its run. */
export interface Habit {
  spec?: Partial<AgentSpec>
  /** Killing it is a mistake. */
  harmless: boolean
  /** Age at which a run ends by itself. */
  endsAfter?(n: number, salt: number): { ms: number; as: CauseClass } | undefined
  frame(run: Run, now: { wall: EpochMs; mono: MonoMs }, salt: number): Frame
  /** The account is limited: nothing may be sent to it, and it may not be killed. */
  limited?(mono: MonoMs): boolean
}

const readings = Object.fromEntries(
  (['working', 'idle', 'asking', 'failing', 'shell', 'unknown'] as const).map((s) => [s, makeReading(s)]),
) as Record<ReadingState, Reading>

function shows(state: ReadingState, cpuBusy = state === 'working', command = 'one'): Frame {
  return { reading: readings[state], cpuBusy, command }
}

const still: Record<'working' | 'idle' | 'asking' | 'failing', Frame> = {
  working: shows('working'),
  idle: shows('idle'),
  asking: shows('asking'),
  failing: shows('failing'),
}
const burning = shows('idle', true)
const foreign = shows('idle', false, 'two')

const age = (run: Run, mono: MonoMs) => mono - run.startedAt
export const epoch = 1_000_000

/** The account is limited from minute 5 of the world for an hour. */
export const limitFrom = epoch + 5 * minute
export const limitTo = limitFrom + hour
const isLimited = (mono: MonoMs) => mono >= limitFrom && mono < limitTo

function limitedFrame(trueEnd: MonoMs, namedAfter: number | undefined): Habit['frame'] {
  return (run, now) => {
    if (now.mono < limitFrom || (run.pokedAt >= trueEnd && now.mono >= trueEnd)) return still.working
    if (run.startedAt >= trueEnd) return still.working
    if (run.startedAt >= limitFrom && run.pokedAt < run.startedAt) return still.idle
    const until =
      namedAfter === undefined ? undefined : now.wall + Math.max(0, limitFrom + namedAfter - now.mono)
    const kind = until === undefined ? 'unparsed' : 'banner'
    run.reading ??= makeReading('limited', { until, limit: { kind, text: 'resets later' } })
    return { reading: run.reading, cpuBusy: false, command: 'one' }
  }
}

/** Works for a minute after each text; a text inside the limit brings up the banner, and only one after it takes it down. */
function sharedFrame(spends: boolean, namedAfter: number): Habit['frame'] {
  return (run, now) => {
    if (run.pokedAt >= limitTo) run.reading = undefined
    else if (now.mono >= limitFrom && (spends || run.pokedAt >= limitFrom)) {
      const until = now.wall + Math.max(0, limitFrom + namedAfter - now.mono)
      run.reading ??= makeReading('limited', { until, limit: { kind: 'banner', text: 'resets later' } })
    }
    if (run.reading !== undefined) return { reading: run.reading, cpuBusy: false, command: 'one' }
    return (spends && now.mono < limitFrom) || now.mono - run.pokedAt < minute ? still.working : still.idle
  }
}

function waitingFrame(waitMs: number, wakesUp: boolean): Habit['frame'] {
  return (run, now) => {
    if (age(run, now.mono) < minute) return still.working
    if (run.reading === undefined) {
      run.reading = makeReading('waiting', {
        waitingUntil: now.wall + waitMs - (age(run, now.mono) - minute),
      })
    }
    if (wakesUp && age(run, now.mono) >= minute + waitMs) return still.working
    return { reading: run.reading, cpuBusy: false, command: 'one' }
  }
}

export const habits = {
  /** Works and rests in turn. */
  worker: {
    harmless: true,
    spec: { watch: 'heal+stall' },
    frame: (run, now, salt) =>
      (age(run, now.mono) + salt * 1000) % (4 * minute) < 3 * minute ? still.working : still.idle,
  },
  /** Sits at its prompt for ever: legitimate under `heal`. */
  idler: { harmless: true, frame: () => still.idle },
  asker: {
    harmless: true,
    spec: { watch: 'heal+stall' },
    frame: (run, now) => (age(run, now.mono) < minute ? still.working : still.asking),
  },
  /** Its screen stands still while its process tree works. */
  burner: { harmless: true, spec: { watch: 'heal+stall' }, frame: () => burning },
  /** Declares how long it sleeps, and keeps its word. */
  sleeper: { harmless: true, spec: { watch: 'heal+stall' }, frame: waitingFrame(30 * minute, true) },
  oversleeper: { harmless: false, spec: { watch: 'heal+stall' }, frame: waitingFrame(10 * minute, false) },
  limited: {
    harmless: true,
    spec: { watch: 'heal+stall', backend: 'lim' },
    limited: isLimited,
    frame: limitedFrame(limitTo, hour),
  },
  /** Names no reset time. */
  mumbler: {
    harmless: true,
    spec: { backend: 'mum' },
    limited: isLimited,
    frame: limitedFrame(limitTo, undefined),
  },
  /** Says ten minutes; it is an hour. */
  liar: { harmless: true, spec: { backend: 'lie' }, frame: limitedFrame(limitTo, 10 * minute) },
  /** Spends from an account that others spend from, too, until the limit shows. */
  spender: {
    harmless: true,
    spec: { backend: 'wall' },
    limited: isLimited,
    frame: sharedFrame(true, hour),
  },
  /** Of the same account: idle until something is typed to it, and limited when that is inside the limit. */
  bystander: {
    harmless: true,
    spec: { backend: 'wall' },
    limited: isLimited,
    frame: sharedFrame(false, hour),
  },
  /** The account's banner says ten minutes, and it is an hour. */
  deceived: {
    harmless: true,
    spec: { backend: 'wall' },
    limited: isLimited,
    frame: sharedFrame(true, 10 * minute),
  },
  crasher: { harmless: false, endsAfter: () => ({ ms: 50, as: 'failure' }), frame: () => still.working },
  twoSeconds: {
    harmless: false,
    endsAfter: () => ({ ms: 2 * second, as: 'failure' }),
    frame: () => still.working,
  },
  /** Dies now and then. */
  mortal: {
    harmless: true,
    endsAfter: (n, salt) => ({
      ms: 4 * minute + ((salt * 7919 + n * 104_729) % (20 * minute)),
      as: 'signal',
    }),
    frame: () => still.working,
  },
  /** Works for a while, then freezes at its prompt. */
  freezer: {
    harmless: false,
    spec: { watch: 'heal+stall' },
    frame: (run, now) => (age(run, now.mono) < 5 * minute ? still.working : still.idle),
  },
  fatal: {
    harmless: false,
    frame: (run, now) => (age(run, now.mono) < 30 * second ? still.working : still.failing),
  },
  task: {
    harmless: true,
    spec: { kind: 'task', restart: 'transient' },
    endsAfter: () => ({ ms: 20 * second, as: 'exit' }),
    frame: () => still.working,
  },
  /** Its first run is another backend's program. */
  impostor: { harmless: false, frame: (run) => (run.n === 1 ? foreign : still.working) },
  loop: { harmless: true, spec: { kind: 'loop' }, frame: () => still.working },
} satisfies Record<string, Habit>

export type HabitName = keyof typeof habits
