import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRegexRunner } from '../adapters/regex/index.ts'
import type { Look, Reading, SelfReport, Sight } from '../core/index.ts'
import { detect, type Matches, patternJobs, readMatches } from './detect.ts'
import { heedReports } from './self-reports.ts'
import { type Read, stands } from './standing.ts'
import { heedFiles } from './structured.ts'
import { plainBackend, presetBackend } from './testing.ts'
import { followSign, signGoneMs, type TurnSign } from './turn-sign.ts'

const claude = join(import.meta.dirname, '../../test/fixtures/screens/claude')
const screens = [
  '> ',
  readFileSync(join(claude, '2.1.329/idle--after-a-reply.txt'), 'utf8'),
  readFileSync(join(claude, '2.1.329/limited--usage-limit.txt'), 'utf8'),
  'done\n\nWAITING-UNTIL: 2026-06-10T12:01:00Z\n',
]
const backends = [
  presetBackend('claude', { logGraceMs: 30_000, stallIdleMs: 700_000 }),
  plainBackend({ footerUi: true, logGraceMs: 5_000 }),
  plainBackend(),
]
const movesMs = 2_000
const wallOf = (mono: number) => Date.parse('2026-06-10T12:00:00Z') + mono

interface Past {
  text: string
  title: string
  backend: (typeof backends)[number]
  changedAt: number
  moved: boolean
  compared: boolean
  writtenAt: number | undefined
  sign: TurnSign
  sight: Sight | undefined
  reports: SelfReport[]
}

const regex = createRegexRunner()
const known = new Map<string, Matches>()

function matchesOf(backend: Past['backend'], look: Look): Matches {
  const key = [backends.indexOf(backend), screens.indexOf(look.text), look.title].join()
  const matches = known.get(key) ?? readMatches(regex.execAll(patternJobs(backend, look)))
  known.set(key, matches)
  return matches
}

/** As the eyes of the watchdog read: the screen, then the files of the CLI, then what the agent says itself. */
function read(past: Past, mono: number): Read {
  const { backend, text, title, changedAt, writtenAt, sight, reports } = past
  const at = { mono, wall: wallOf(mono) }
  const movedAt = past.moved ? changedAt : undefined
  const look: Look = {
    text,
    title,
    command: '',
    changed: past.compared ? movedAt !== undefined && mono - movedAt < movesMs : undefined,
    quietMs: mono - changedAt,
    logAgeMs: writtenAt === undefined ? undefined : mono - writtenAt,
    at: mono,
  }
  const matches = matchesOf(backend, look)
  const sign = followSign(past.sign, backend, look, matches)
  const seen = { ...look, signGoneMs: signGoneMs(sign, mono) }
  const alone = detect(backend, seen, matches, at.wall, { logFallback: true })
  const times = { now: at.wall, since: wallOf(changedAt), movedAt: wallOf(changedAt) }
  const filed = heedFiles(alone, sight, { ...times, startedAt: wallOf(0) })
  const reading = { ...heedReports(filed, reports, times), onScreen: alone.state }
  const written = writtenAt === undefined ? undefined : wallOf(writtenAt)
  return {
    at,
    compared: past.compared,
    reading,
    changedAt,
    movedAt,
    writtenAt: written,
    sign,
    sight,
    reports,
  }
}

/** But for the seconds that its evidence counts. */
const gist = ({ claims, ...rest }: Reading) => ({
  ...rest,
  claims: claims.map(({ evidence, ...claim }) => ({ ...claim, evidence: evidence.replace(/\d+/g, 'N') })),
})

/** Near each other, as the rules look at, or far apart. */
const early = fc.oneof(fc.nat(4_000), fc.nat(900_000))
const span = fc.oneof(fc.nat(4_000), fc.nat(40_000), fc.nat(800_000))
const states = fc.constantFrom('working', 'idle', 'asking', 'limited', 'waiting')
const past = fc.record({
  text: fc.constantFrom(...screens),
  title: fc.constantFrom('', '\u2802 task', '\u2733 task'),
  backend: fc.constantFrom(...backends),
  changedAt: early,
  moved: fc.boolean(),
  compared: fc.boolean(),
  writtenAt: fc.option(early, { nil: undefined }),
  sign: fc.record({ titleAt: early, activeAt: early }, { requiredKeys: [] }),
  sight: fc.option(
    fc.record({
      source: fc.constantFrom('status-file', 'transcript'),
      state: fc.constantFrom('working', 'idle', 'asking'),
      at: early.map(wallOf),
    }),
    { nil: undefined },
  ),
  reports: fc.array(
    fc.record({
      voice: fc.constantFrom('agent', 'hook'),
      state: states,
      reason: fc.constant(undefined),
      at: early.map(wallOf),
      until: fc.integer({ min: 0, max: 1_800_000 }).map(wallOf),
      promised: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
}) as fc.Arbitrary<Past>

test('what stands is what would be read anew', () => {
  let stood = 0
  fc.assert(
    fc.property(past, span, span, (given, later, passed) => {
      const latest = Math.max(
        given.changedAt,
        given.writtenAt ?? 0,
        given.sign.titleAt ?? 0,
        given.sign.activeAt ?? 0,
      )
      const first = read(given, latest + later)
      const mono = first.at.mono + passed
      if (!stands(first, given.backend, { mono, wall: wallOf(mono) }, movesMs)) return
      stood += 1
      expect(gist(read({ ...given, sign: first.sign }, mono).reading)).toEqual(gist(first.reading))
    }),
    { numRuns: 3_000 },
  )
  expect(stood).toBeGreaterThan(100)
})

test('an idle screen that nothing is said about stands until a rule asks something else', () => {
  const given: Past = {
    text: '> ',
    title: '',
    backend: backends[0]!,
    changedAt: 0,
    moved: true,
    compared: true,
    writtenAt: 0,
    sign: {},
    sight: undefined,
    reports: [],
  }
  const between = (from: number, to: number) =>
    stands(read(given, from), given.backend, { mono: to, wall: wallOf(to) }, movesMs)
  expect(between(10_000, 20_000)).toBe(true)
  // The log is no longer fresh; nothing was drawn for as long as a working one never stands still.
  expect(between(25_000, 31_000)).toBe(false)
  expect(between(695_000, 701_000)).toBe(false)
  expect(between(701_000, 711_000)).toBe(true)
})
