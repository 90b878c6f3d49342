import * as v from 'valibot'
import type { BackendPatterns, BackendSpec } from '../core/index.ts'
import { lazily } from '../core/lazily.ts'
import { error, type Finding, warning } from './finding.ts'
import { nearest } from './nearest.ts'
import { translatePyRegex } from './py-regex/py-regex.ts'
import { DETECTION_KEYS } from './schema/backend-keys.ts'
import { type BackendTable, backendTable } from './schema/schema.ts'

/** Built-in backends: the keys of a `[backend.*]` table each, besides `notes`. */
export type PresetTables = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface ResolvedBackends {
  specs: Record<string, BackendSpec>
  findings: Finding[]
}

/**
 * Completes each `[backend.*]` table, and adds presets that agents use by name without a table.
 *
 * A table with `bin` and without `preset` is the Python driver's: its keys and defaults stay the driver's, and only the
 * detection keys that the driver did not know are taken from the preset of that program. Any other table overrides a
 * preset key by key. ADR 0001.
 */
export function resolveBackends(
  tables: Record<string, Record<string, unknown>>,
  presets: PresetTables,
  used: Iterable<string>,
): ResolvedBackends {
  const specs = Object.create(null) as Record<string, BackendSpec>
  const findings: Finding[] = []
  for (const [name, own] of Object.entries(tables)) {
    const base = layerFor(name, own, presets)
    if (own.hooks === true && base.kind === 'layer' && !hasHooks({ ...base.layer, ...own }))
      findings.push(noHooks(name))
    if (base.kind === 'unknown') findings.push(unknownPreset(name, base.preset, presets))
    else if (base.kind === 'no-bin') findings.push(noBin(name, presets))
    else if (name === GENERIC && own.bin === undefined) findings.push(noProgram())
    else {
      const merged = { ...base.layer, ...withoutStrangeHooks(own, base.preset, presets), ...own }
      addSpec(specs, name, base.preset, merged, own, base.whole)
    }
  }
  for (const name of used) {
    if (name in specs || Object.hasOwn(tables, name) || !Object.hasOwn(presets, name)) continue
    if (name === GENERIC) findings.push(noProgram())
    addSpec(specs, name, name, keysOf(presets[name]!), {}, true)
  }
  return { specs, findings }
}

/** What CLIs have in common; it starts no program by itself. */
const GENERIC = 'generic'

type Layer =
  /** `whole`: the layer is all of the preset. */
  | { kind: 'layer'; preset: string | undefined; layer: Record<string, unknown>; whole: boolean }
  | { kind: 'unknown'; preset: string }
  | { kind: 'no-bin' }

function layerFor(name: string, own: Record<string, unknown>, presets: PresetTables): Layer {
  const asked = typeof own.preset === 'string' ? own.preset : undefined
  if (asked !== undefined)
    return Object.hasOwn(presets, asked)
      ? { kind: 'layer', preset: asked, layer: keysOf(presets[asked]!), whole: true }
      : { kind: 'unknown', preset: asked }
  if (typeof own.bin !== 'string')
    return Object.hasOwn(presets, name)
      ? { kind: 'layer', preset: name, layer: keysOf(presets[name]!), whole: true }
      : { kind: 'no-bin' }
  const preset = presetOfProgram(own.bin, presets) ?? (Object.hasOwn(presets, name) ? name : undefined)
  return {
    kind: 'layer',
    preset,
    layer: preset === undefined ? {} : detectionOf(presets[preset]!),
    whole: false,
  }
}

/** Hooks are options of the preset's own program: another one put in its place gets them only where the table says so. */
function withoutStrangeHooks(
  own: Record<string, unknown>,
  preset: string | undefined,
  presets: PresetTables,
): { hooks?: false } {
  if (preset === undefined || typeof own.bin !== 'string') return {}
  return presetOfProgram(own.bin, presets) === preset ? {} : { hooks: false }
}

/** The preset whose program `bin` starts: `A=1 /usr/bin/claude --x` is claude's, `cursor-agent` cursor's. */
function presetOfProgram(bin: string, presets: PresetTables): string | undefined {
  const words = bin.trim().split(/\s+/)
  const program = words.find((word) => !/^\w+=/.test(word) && word !== 'exec' && word !== 'env') ?? ''
  const base = program.replace(/^["']|["']$/g, '').replace(/^.*\//, '')
  if (Object.hasOwn(presets, base)) return base
  return Object.keys(presets).find((name) => String(presets[name]!.bin ?? '').split(' ')[0] === base)
}

const keysOf = (preset: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(preset).filter(([key]) => Object.hasOwn(backendTable.entries, key)))

const detectionOf = (preset: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    DETECTION_KEYS.flatMap((key) => (Object.hasOwn(preset, key) ? [[key, preset[key]]] : [])),
  )

function addSpec(
  specs: Record<string, BackendSpec>,
  name: string,
  preset: string | undefined,
  merged: Record<string, unknown>,
  own: Record<string, unknown>,
  whole: boolean,
): void {
  const borrowed = borrowedPatterns(merged, own)
  const rest = { ...merged }
  for (const pattern of patternNames) if (borrowed[pattern] !== undefined) delete rest[PATTERNS[pattern]]
  const result = v.safeParse(backendTable, rest)
  if (!result.success) return
  const patterns = patternsOf(result.output, borrowed)
  specs[name] = { ...toSpec(name, preset, result.output, own), patterns, fromPreset: whole }
}

function toSpec(
  name: string,
  preset: string | undefined,
  t: BackendTable,
  own: Record<string, unknown>,
): Omit<BackendSpec, 'patterns'> {
  return {
    name,
    preset,
    bin: t.bin ?? name,
    promptDelivery: t.prompt_delivery,
    processName: t.process_name === '' ? undefined : t.process_name,
    ownPatterns: ownPatterns(own),
    footerUi: t.footer_ui,
    logGraceMs: t.log_grace,
    stallIdleMs: t.stall_idle,
    submitKey: t.submit_key ?? 'Enter',
    bootSubmitKey: t.boot_submit_key ?? t.submit_key ?? 'C-m',
    interruptKey: t.interrupt_key,
    steers: t.steers ?? false,
    steadyActive: t.steady_active ?? false,
    connectDelayMs: t.connect_delay,
    attach: t.attach,
    server: t.server,
    preamble: t.preamble,
    modelEnv: t.model_env,
    supportsResume: t.supports_resume,
    promptFlag: t.prompt_flag,
    resumeFlag: t.resume_flag,
    sessionIdFlag: t.session_id_flag,
    resumeRefused: t.resume_refused_re,
    remoteControl: t.remote_control,
    remoteControlFlag: t.remote_control_flag,
    modelFlag: t.model_flag,
    flags: t.flags,
    hooks: t.hooks,
    hooksFlag: t.hooks_flag,
    passEnv: t.pass_env ?? [],
    conversation:
      t.conversation === 'none' ? undefined : { format: t.conversation, home: t.conversation_home ?? [] },
    account: t.account ?? name,
    roundCmd: t.round_cmd === undefined || t.round_cmd.trim() === '' ? undefined : t.round_cmd,
    ...(typeof own.flags === 'string' ? { ownFlags: own.flags } : {}),
  }
}

/** Each pattern and its key. */
const PATTERNS = {
  active: 'active_re',
  limit: 'limit_re',
  fatal: 'fatal_re',
  blocked: 'blocked_re',
  auth: 'auth_re',
  context: 'context_re',
  billing: 'billing_re',
  overload: 'overload_re',
  crash: 'crash_re',
  start: 'start_re',
  asking: 'asking_re',
  composer: 'composer_re',
  titleWorking: 'title_working_re',
  titleIdle: 'title_idle_re',
  titleAsking: 'title_asking_re',
  pasteMarker: 'paste_marker_re',
  queued: 'queued_re',
  roundLimit: 'round_limit_re',
} as const satisfies Record<keyof BackendPatterns, keyof BackendTable>

const patternNames = Object.keys(PATTERNS) as (keyof BackendPatterns)[]

/** The names of the patterns that a table of the config holds. */
const ownPatterns = (own: Record<string, unknown>): (keyof BackendPatterns)[] =>
  patternNames.filter((name) => Object.hasOwn(own, PATTERNS[name]))

/** The patterns that a table leaves to its preset, as written there. */
function borrowedPatterns(
  merged: Record<string, unknown>,
  own: Record<string, unknown>,
): Partial<Record<keyof BackendPatterns, string>> {
  const names = patternNames.filter((name) => !Object.hasOwn(own, PATTERNS[name]))
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = merged[PATTERNS[name]]
      return typeof text === 'string' && text !== '' ? [[name, text]] : []
    }),
  )
}

/**
 * A preset's patterns are sound (a test reads them all), so they are translated when a screen is first read: twenty
 * kilobytes of them take longer than everything else that `agents send` does.
 */
function patternsOf(t: BackendTable, borrowed: ReturnType<typeof borrowedPatterns>): BackendPatterns {
  const makers = patternNames.flatMap((name): [string, () => string][] => {
    const text = borrowed[name]
    const source = t[PATTERNS[name]]
    if (text !== undefined) return [[name, () => translated(text)]]
    return source === undefined ? [] : [[name, () => source]]
  })
  return lazily(Object.fromEntries(makers))
}

function translated(pattern: string): string {
  const read = translatePyRegex(pattern)
  if (read.kind === 'ok') return read.source
  throw new Error(`a pattern of a preset does not compile: ${read.why}`)
}

function unknownPreset(name: string, preset: string, presets: PresetTables): Finding {
  const known = Object.keys(presets)
  return error(
    'CONFIG_PRESET_UNKNOWN',
    ['backend', name, 'preset'],
    `"${preset}" is not a preset. Built in: ${known.join(', ')}.`,
    `Write preset = "${nearest(preset, known) ?? known[0] ?? ''}", or give the table a bin.`,
  )
}

const hasHooks = (table: Record<string, unknown>): boolean =>
  typeof table.hooks_flag === 'string' && table.hooks_flag !== ''

const noHooks = (name: string): Finding =>
  warning(
    'CONFIG_HOOKS_UNKNOWN',
    ['backend', name, 'hooks'],
    `It is not known how the program of the backend "${name}" is given hooks.`,
    'Name its option in hooks_flag, or remove the line.',
  )

const noProgram = (): Finding =>
  error(
    'CONFIG_REQUIRED',
    ['backend', GENERIC, 'bin'],
    `The preset "${GENERIC}" knows what CLIs have in common, and starts no program of its own.`,
    `Write [backend.NAME] with preset = "${GENERIC}" and bin = "…", and backend = "NAME" for the agent.`,
  )

const noBin = (name: string, presets: PresetTables): Finding =>
  error(
    'CONFIG_REQUIRED',
    ['backend', name, 'bin'],
    `The backend "${name}" has no command, and no preset has its name.`,
    `Add bin = "…", or preset = "…" (built in: ${Object.keys(presets).join(', ')}).`,
  )
