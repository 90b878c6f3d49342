import { createRegexRunner } from '../adapters/regex/index.ts'
import type { BackendPatterns, BackendSpec, EpochMs, Look, Reading } from '../core/index.ts'
import { detect, patternJobs, readMatches } from './detect.ts'
import { presets } from './presets/index.ts'

/** For tests: a backend that does nothing special. */
export function plainBackend(over: Partial<BackendSpec> = {}): BackendSpec {
  return {
    name: 'plain',
    preset: undefined,
    bin: 'true',
    promptDelivery: 'arg',
    processName: undefined,
    patterns: {},
    footerUi: false,
    logGraceMs: 180_000,
    stallIdleMs: 300_000,
    submitKey: 'Enter',
    bootSubmitKey: 'C-m',
    interruptKey: undefined,
    steers: false,
    steadyActive: false,
    connectDelayMs: 0,
    attach: '{bin}',
    server: '',
    preamble: '',
    modelEnv: false,
    supportsResume: false,
    promptFlag: '',
    resumeFlag: "--resume '{id}'",
    remoteControl: false,
    remoteControlFlag: "--remote-control '{session}'",
    modelFlag: "--model '{model}'",
    flags: '',
    hooks: false,
    hooksFlag: '',
    passEnv: [],
    account: 'plain',
    ...over,
  }
}

const PATTERN_OF: Record<string, keyof BackendPatterns> = {
  active_re: 'active',
  limit_re: 'limit',
  fatal_re: 'fatal',
  blocked_re: 'blocked',
  auth_re: 'auth',
  context_re: 'context',
  billing_re: 'billing',
  overload_re: 'overload',
  crash_re: 'crash',
  start_re: 'start',
  asking_re: 'asking',
  composer_re: 'composer',
  title_working_re: 'titleWorking',
  title_idle_re: 'titleIdle',
  title_asking_re: 'titleAsking',
}

/** For tests: what the config makes of a preset's pattern, less the work of reading Python syntax. */
export function asJavaScript(pattern: string): string {
  return pattern.replace(/^\(\?a\)/, '')
}

/** For tests: a preset as a backend. Its patterns are written so that JavaScript reads them as Python does. */
export function presetBackend(name: string, over: Partial<BackendSpec> = {}): BackendSpec {
  const table = presets[name]!
  const patterns: BackendPatterns = {}
  for (const [key, pattern] of Object.entries(PATTERN_OF))
    if (table[key]) patterns[pattern] = asJavaScript(String(table[key]))
  const processName = table.process_name === undefined ? undefined : String(table.process_name)
  return plainBackend({
    name,
    preset: name,
    patterns,
    processName,
    footerUi: table.footer_ui === true,
    ...over,
  })
}

/** For tests: a look in which nothing is known but what is given. */
export function lookAt(over: Partial<Look> & { text: string }): Look {
  return { title: '', command: '', changed: undefined, logAgeMs: undefined, at: 0, ...over }
}

/** For tests: the whole way from a look to its reading. */
export function readingOf(
  backend: BackendSpec,
  look: Look,
  wall: EpochMs = Date.parse('2026-06-10T12:00:00Z'),
  permit: { logFallback: boolean } = { logFallback: true },
  regex = createRegexRunner(),
): Reading {
  return detect(backend, look, readMatches(regex.execAll(patternJobs(backend, look))), wall, permit)
}
