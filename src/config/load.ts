import { resolve } from 'node:path'
import type { ConfigFiles } from '../adapters/files/config-files.ts'
import type { Fleet, Problem } from '../core/index.ts'
import { shellQuote } from '../core/quote.ts'
import type { PresetTables } from './backends.ts'
import { checkFiles, checkHomes } from './check/files.ts'
import { checkNames, checkRequired } from './check/names.ts'
import { checkPolicies } from './check/policies.ts'
import { checkReferences } from './check/refs.ts'
import { checkPatterns, type ProbeRegex } from './check/regex.ts'
import { checkTargets } from './check/targets.ts'
import { checkWorkers } from './check/workers.ts'
import { overridesOf } from './environment.ts'
import { howToGetOne } from './find.ts'
import { error, type Finding } from './finding.ts'
import { createLocator } from './locate.ts'
import { MAX_CONFIG_BYTES, MAX_DEPTH, tooDeepAt } from './prescan.ts'
import { toProblems } from './problem.ts'
import { projectDirOf, type Resolved, resolveFleet } from './resolve.ts'
import {
  damagedSpawned,
  identityOf,
  isSpawned,
  leftOut,
  parseSpawned,
  type SpawnedWorker,
  spawnedPath,
  withSpawned,
} from './spawned.ts'
import { syntaxFinding } from './syntax.ts'
import { toTables } from './tables.ts'
import { isTownOnly, TOWN_ONLY } from './town-only.ts'
import { validate } from './validate.ts'

export interface ConfigDeps {
  files: ConfigFiles
  presets: PresetTables
  /** The caller's environment, for `AGENT_MODEL_<name>` and `AGENT_BACKEND_<name>`. The watchdog passes none. */
  env?: Readonly<Record<string, string | undefined>>
  /** Without it slow patterns are not looked for: reading verbs need no such check. */
  probeRegex?: ProbeRegex
  /** A worker that is to be spawned, besides those that were. */
  spawn?: SpawnedWorker
  /** A folder with a tinytown.toml and no agents.toml is that town, without agents. */
  townOnly?: boolean
}

export type LoadedConfig =
  | {
      kind: 'ok'
      fleet: Fleet
      /** What the file held. */
      text: string
      /** Warnings, and errors that one agent or hand-off suffers from. */
      problems: Problem[]
      /** Agents that cannot be started until a file is there, and why. */
      blockedAgents: Map<string, string>
      /** Absolute paths whose change means "load again". */
      files: string[]
    }
  | { kind: 'refused'; problems: Problem[]; files: string[] }

/**
 * Disk to fleet. Every problem is found at once. A config with any structural error is refused as a whole, so that what
 * runs stays under the last good one; a missing prompt or role file blocks only its agent (rows 48 to 60).
 */
export async function loadConfig(deps: ConfigDeps, path: string): Promise<LoadedConfig> {
  const configPath = deps.files.realPath(path)
  const named = resolve(path)
  const townOnly = deps.townOnly === true && isTownOnly(deps.files, configPath)
  const read = townOnly ? standIn(deps.files) : readConfig(deps.files, configPath)
  if (read.kind === 'bad')
    return {
      kind: 'refused',
      problems: toProblems([read.finding], configPath, {}, () => undefined),
      files: [...new Set([configPath, named])],
    }
  const checked = checkAll(deps, read.value, configPath)
  const problems = await placed(deps.files, read, configPath, checked.findings)
  const files = [...new Set([configPath, named, ...checked.files])]
  if (checked.findings.some((finding) => finding.severity === 'error' && finding.soft !== true))
    return { kind: 'refused', problems, files }
  const fleet = { ...checked.resolved.fleet, ...(named === configPath ? {} : { configLink: named }) }
  return {
    kind: 'ok',
    fleet: townOnly ? { ...fleet, townOnly } : fleet,
    text: read.text,
    problems,
    blockedAgents: checked.blocked,
    files,
  }
}

type ReadConfig =
  | { kind: 'ok'; text: string; value: Record<string, unknown> }
  | { kind: 'bad'; finding: Finding }

function standIn(files: ConfigFiles): ReadConfig {
  const parsed = files.parseToml(TOWN_ONLY)
  return { kind: 'ok', text: TOWN_ONLY, value: parsed.kind === 'ok' ? parsed.value : {} }
}

function readConfig(files: ConfigFiles, path: string): ReadConfig {
  const read = files.readText(path, MAX_CONFIG_BYTES)
  const bad = (code: string, what: string, fix: string): ReadConfig => ({
    kind: 'bad',
    finding: error(code, [], what, fix),
  })
  if (read.kind === 'absent')
    return bad('CONFIG_MISSING', `There is no file ${path}.`, howToGetOne(files, path))
  if (read.kind === 'refused')
    return bad('CONFIG_UNREADABLE', `${path} ${read.why}.`, readableFix(read.why, path))
  const deep = tooDeepAt(read.text)
  if (deep !== undefined) {
    const finding = error(
      'CONFIG_TOO_DEEP',
      [],
      `Nesting is deeper than ${MAX_DEPTH}.`,
      'Write flatter tables.',
    )
    return { kind: 'bad', finding: { ...finding, at: { line: deep, column: 1 } } }
  }
  const parsed = files.parseToml(read.text)
  if (parsed.kind === 'ok') return { kind: 'ok', text: read.text, value: parsed.value }
  return { kind: 'bad', finding: syntaxFinding(read.text, parsed) }
}

/** What makes a file readable that is there and is not read. */
function readableFix(why: string, path: string): string {
  if (why.includes('may not be read')) return `Make it readable: chmod u+r ${shellQuote(path)}`
  if (why.includes('at most'))
    return 'Move long prompts into files of their own: prompt_file = "prompts/NAME.md".'
  if (why.includes('UTF-8')) return 'Save it as UTF-8.'
  return 'Put a text file with TOML there.'
}

/**
 * The file with the workers that `agents spawn` added. One that cannot be used any more is left out and said; it is never
 * a reason to refuse the file.
 */
function checkAll(deps: ConfigDeps, value: Record<string, unknown>, configPath: string): Checked {
  const found = spawnedOf(deps, value, configPath)
  const first = check(deps, value, configPath, found.workers)
  const bad = new Map<number, Finding>()
  for (const finding of first.findings) {
    const [, index] = finding.path
    if (isSpawned(finding.path) && finding.severity === 'error' && typeof index === 'number')
      bad.set(index, finding)
  }
  const good = found.workers.filter((_, index) => !bad.has(index))
  const checked = bad.size === 0 ? first : check(deps, value, configPath, good)
  const said = [...bad].map(([index, finding]) => leftOut(finding, found.workers[index]!, found.path ?? ''))
  const identities = new Map(good.map((worker) => [worker.name, identityOf(worker)]))
  for (const { spec, path } of checked.resolved.agents) {
    if (isSpawned(path) && spec.worker !== undefined) spec.worker.spawned = identities.get(spec.name)
  }
  return {
    ...checked,
    findings: [...checked.findings, ...said, ...found.findings],
    files: found.path === undefined ? checked.files : [...checked.files, found.path],
  }
}

interface FoundSpawned {
  workers: SpawnedWorker[]
  path: string | undefined
  findings: Finding[]
}

function spawnedOf(deps: ConfigDeps, value: Record<string, unknown>, configPath: string): FoundSpawned {
  const tables = toTables(validate(value).raw)
  const projectDir = deps.files.realPath(projectDirOf(tables, configPath, deps.files.home))
  const path = spawnedPath(tables, projectDir, deps.files.home)
  const more = deps.spawn === undefined ? [] : [deps.spawn]
  if (path === undefined) return { workers: more, path, findings: [] }
  const read = deps.files.readText(path, MAX_CONFIG_BYTES)
  const workers = read.kind === 'ok' ? parseSpawned(read.text) : []
  if (workers !== undefined && read.kind !== 'refused')
    return { workers: [...workers, ...more], path, findings: [] }
  return { workers: more, path, findings: [damagedSpawned(path)] }
}

interface Checked {
  resolved: Resolved
  findings: Finding[]
  blocked: Map<string, string>
  files: string[]
}

function check(
  deps: ConfigDeps,
  value: Record<string, unknown>,
  configPath: string,
  spawned: readonly SpawnedWorker[],
): Checked {
  const { raw, findings } = validate(value)
  const tables = withSpawned(toTables(raw), spawned)
  const overrides = overridesOf(deps.env)
  const projectDir = deps.files.realPath(projectDirOf(tables, configPath, deps.files.home))
  const places = { configPath, projectDir, home: deps.files.home }
  const resolved = resolveFleet(tables, places, deps.presets, overrides)
  const onDisk = checkFiles(resolved, tables, deps.files)
  return {
    resolved,
    blocked: onDisk.blocked,
    files: onDisk.files,
    findings: firstOfEachPath([
      ...findings,
      ...checkRequired(tables),
      ...checkNames(resolved, tables),
      ...resolved.findings,
      ...checkReferences(resolved, tables, deps.presets, overrides),
      ...checkTargets(resolved, tables),
      ...checkPolicies(resolved),
      ...checkWorkers(resolved),
      ...checkHomes(raw),
      ...(deps.probeRegex === undefined ? [] : checkPatterns(raw, deps.probeRegex)),
      ...onDisk.findings,
    ]),
  }
}

/** A value that is refused looks missing to the checks that follow; once is enough. */
function firstOfEachPath(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>()
  for (const finding of findings) {
    const path = JSON.stringify(finding.path)
    const first = seen.get(path)
    if (first === undefined || (first.severity === 'warning' && finding.severity === 'error'))
      seen.set(path, finding)
  }
  return [...seen.values()]
}

/** The parser that knows places is loaded only when there is something to place. */
async function placed(
  files: ConfigFiles,
  read: { text: string; value: Record<string, unknown> },
  path: string,
  findings: readonly Finding[],
): Promise<Problem[]> {
  if (findings.length === 0) return []
  const tree = await files.tomlTree(read.text)
  const locator = tree === undefined ? undefined : createLocator(tree)
  return toProblems(findings, path, read.value, (at) => locator?.find(at))
}
