import { join } from 'node:path'
import type { ConfigFiles } from '../../adapters/files/config-files.ts'
import type { FileText } from '../../adapters/files/read-text.ts'
import { error, type Finding, isTable, type Path, soft, warning } from '../finding.ts'
import { usesOtherHome } from '../paths.ts'
import { MAX_CONFIG_BYTES } from '../prescan.ts'
import type { Resolved, ResolvedAgent } from '../resolve.ts'
import type { Tables } from '../tables.ts'
import { writtenHandoff } from './refs.ts'
import { routeKey } from './targets.ts'

export interface FilesChecked {
  findings: Finding[]
  /** Agents that cannot be started now, and why, in one clause. */
  blocked: Map<string, string>
  /** Everything whose change matters, besides the config: absolute paths, also of what is missing. */
  files: string[]
}

type FaultOf = (path: string) => string | undefined

const KICKOFF_SLOTS = ['phase_id', 'plan', 'status', 'role']
const FIX_PATH = 'Make the file, or write the path of a text file, relative to the project.'

/** Looks at each prompt, role and template once. What is missing blocks only the agents that need it (row 59). */
export function checkFiles(resolved: Resolved, tables: Tables, files: ConfigFiles): FilesChecked {
  const seen = new Map<string, string | undefined>()
  const faultOf = (path: string): string | undefined => {
    if (!seen.has(path)) seen.set(path, faultIn(files.lookAt(path, MAX_CONFIG_BYTES)))
    return seen.get(path)
  }
  const out: FilesChecked = { findings: [], blocked: new Map(), files: [] }
  checkProject(resolved, files, out)
  checkTemplate(resolved, files, faultOf, out)
  for (const agent of resolved.agents) checkAgentFiles(agent, resolved, faultOf, out)
  out.findings.push(...checkRepos(resolved, tables, files))
  out.files = [...seen.keys()]
  return out
}

const faultIn = (look: FileText): string | undefined =>
  look.kind === 'ok' ? undefined : look.kind === 'absent' ? 'is missing' : look.why

function block(out: FilesChecked, agent: string, why: string): void {
  if (!out.blocked.has(agent)) out.blocked.set(agent, why)
}

function checkProject(resolved: Resolved, files: ConfigFiles, out: FilesChecked): void {
  const project = resolved.fleet.projectDir
  if (files.kindOf(project) === 'folder') return
  const what = `The project folder ${project} is missing.`
  const fix = 'Write the folder of the project, relative to this file.'
  out.findings.push(soft('CONFIG_PROJECT_MISSING', ['defaults', 'project_dir'], what, fix))
  for (const { spec } of resolved.agents) block(out, spec.name, `the project folder ${project} is missing`)
}

function checkTemplate(resolved: Resolved, files: ConfigFiles, faultOf: FaultOf, out: FilesChecked): void {
  const path = resolved.fleet.loop?.kickoffTemplatePath
  if (path === undefined) return
  const key = ['loop', 'kickoff_template']
  const fault = faultOf(path)
  if (fault !== undefined) {
    out.findings.push(soft('CONFIG_FILE', key, `The kickoff template ${path} ${fault}.`, FIX_PATH))
    for (const { spec } of resolved.agents)
      if (spec.kind === 'loop') block(out, spec.name, `the kickoff template ${path} ${fault}`)
    return
  }
  const read = files.readText(path, MAX_CONFIG_BYTES)
  const slots = read.kind === 'ok' ? read.text.matchAll(/\{([a-z_]{1,32})\}/g) : []
  for (const slot of new Set([...slots].map((found) => found[1]!))) {
    if (KICKOFF_SLOTS.includes(slot)) continue
    const known = KICKOFF_SLOTS.map((name) => `{${name}}`).join(', ')
    const what = `The kickoff template has {${slot}}, which is not filled.`
    out.findings.push(warning('CONFIG_SLOT_UNKNOWN', key, what, `Known: ${known}.`))
  }
}

function checkAgentFiles(
  agent: ResolvedAgent,
  resolved: Resolved,
  faultOf: FaultOf,
  out: FilesChecked,
): void {
  const { spec } = agent
  const add = spec.enabled ? soft : warning
  const check = (path: string, key: Path, what: string): string | undefined => {
    const fault = faultOf(path)
    if (fault === undefined) return undefined
    out.findings.push(add('CONFIG_FILE', key, `The ${what} of "${spec.name}", ${path}, ${fault}.`, FIX_PATH))
    return `its ${what} ${path} ${fault}`
  }
  const why = startFile(agent, resolved, check)
  if (why !== undefined) block(out, spec.name, why)
  const wakeKey = [...agent.path, 'wake', 'prompt_file']
  if (spec.wake !== undefined) check(spec.wake.promptPath, wakeKey, 'wake prompt')
  else if (agent.table.wake !== undefined) {
    const what = `The wake of "${spec.name}" has no prompt_file.`
    out.findings.push(add('CONFIG_WAKE_PROMPT', wakeKey, what, 'Add prompt_file = "prompts/wake.md".'))
  }
}

/** What a start reads; answers why the agent cannot start. */
function startFile(
  { spec, path }: ResolvedAgent,
  resolved: Resolved,
  check: (path: string, key: Path, what: string) => string | undefined,
): string | undefined {
  if (spec.kind === 'loop') {
    if (spec.role === undefined) return 'it has no role, so no role prompt'
    const role = join(resolved.fleet.loop?.rolesDir ?? '', `${spec.role}.md`)
    return check(role, [...path, 'role'], 'role prompt')
  }
  return spec.prompt.kind === 'file' ? check(spec.prompt.path, [...path, 'prompt_file'], 'prompt') : undefined
}

function checkRepos(resolved: Resolved, tables: Tables, files: ConfigFiles): Finding[] {
  const handoff = resolved.fleet.loop?.handoff
  if (handoff === undefined || !handoff.enabled) return []
  const repos = new Map<string, Path>()
  if (writtenHandoff(tables).repo !== undefined) repos.set(handoff.repo, ['loop', 'handoff', 'repo'])
  for (const route of handoff.routes)
    if (route.repo !== handoff.repo && !repos.has(route.repo)) repos.set(route.repo, routeKey(route, 'repo'))
  return [...repos]
    .filter(([repo]) => files.kindOf(repo) !== 'folder')
    .map(([repo, path]) => {
      const what = `The repository ${repo} is not there.`
      return warning('CONFIG_REPO_MISSING', path, what, 'Clone it there, or write another path.')
    })
}

const PATH_KEY = /^(dir|prompt_file|log_dir|project_dir|repo|kickoff_template|roles_dir|tmux_socket)$/

/** `~name/…` in any path of the file. */
export function checkHomes(raw: unknown, path: Path = []): Finding[] {
  const key = path.at(-1)
  if (typeof raw === 'string') {
    if (!usesOtherHome(raw) || typeof key !== 'string' || !PATH_KEY.test(key)) return []
    const what = `${JSON.stringify(raw)} begins with another user's home, which is not looked up.`
    return [error('CONFIG_PATH_USER', path, what, 'Write the full path.')]
  }
  if (Array.isArray(raw)) return raw.flatMap((item, index) => checkHomes(item, [...path, index]))
  if (!isTable(raw)) return []
  return Object.entries(raw).flatMap(([name, inner]) => checkHomes(inner, [...path, name]))
}
