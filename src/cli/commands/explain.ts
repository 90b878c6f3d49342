import { resolve } from 'node:path'
import type { ScreenFiles } from '../../adapters/files/screen-files.ts'
import type { RegexRunner } from '../../adapters/regex/types.ts'
import { explanationOf, readScreens, restsOn, swayedBy } from '../../backends/explain.ts'
import { presets } from '../../backends/presets/index.ts'
import { resolveBackends } from '../../config/backends.ts'
import { nearest } from '../../config/nearest.ts'
import type { BackendSpec } from '../../core/backend-spec.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { instantOption } from '../durations.ts'
import { requireAgent } from '../names.ts'
import { explanationText } from '../render/explain.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { fleetOf, withFleet } from '../with-fleet.ts'

export const command: Command = async (call, deps) => {
  const asked = askedFor(call, deps)
  return asked.kind === 'agent' ? explainAgent(asked.name, call, deps) : explainScreens(asked, call, deps)
}

interface Still {
  kind: 'screen'
  backend: string
  path: string
  title: string
  now: number
}
type Asked = { kind: 'agent'; name: string } | Still

function askedFor(call: Invocation, deps: CliDeps): Asked {
  const { backend, screen, title, now } = call.options
  const name = call.args[0]
  const still = [backend, screen, title, now].some((option) => option !== undefined)
  if (name !== undefined && !still) return { kind: 'agent', name }
  if (name === undefined && typeof backend === 'string' && typeof screen === 'string')
    return {
      kind: 'screen',
      backend,
      path: screen,
      title: typeof title === 'string' ? title : '',
      now: instantOption('now', now, deps.now()) ?? deps.now(),
    }
  throw new UserError({
    code: 'CLI_ARGUMENTS',
    what: 'agents explain needs the name of an agent, or both --backend and --screen and no name.',
    fix: 'Write agents explain NAME, or agents explain --backend NAME --screen FILE.',
    exit: Exit.usage,
  })
}

function explainAgent(name: string, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  return withFleet(call, deps, async ({ fleet, control }) => {
    requireAgent(name, fleet)
    const { life, because, reading } = await control.why(name)
    const backend = fleet.agents.find((agent) => agent.name === name)?.backend
    const told = reading && { ...explanationOf(reading), change: restsOn(reading) }
    if (call.options.json === true)
      await deps.io.out(toJson({ version: 1, agent: name, backend, life, because, ...told }))
    else if (told === undefined) {
      const why = because === undefined ? '' : `: ${because}`
      await deps.io.out(`${name} is ${life}${why}; it has no screen that could be read\n`)
    } else await deps.io.out(explanationText(name, told, told.change, styleFor(deps.io.color)))
    return Exit.done
  })
}

async function explainScreens(asked: Still, call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const backend = await backendNamed(asked.backend, call, deps)
  const { files, regex } = await deps.screens()
  const path = resolve(deps.cwd, asked.path)
  if (asked.path !== '-' && files.kindOf(path) === 'folder')
    return explainFolder({ ...asked, path }, backend, files, regex, deps)
  const read = asked.path === '-' ? await files.stdin() : files.read(path)
  if (read.kind !== 'ok') throw unreadable(asked.path === '-' ? 'standard input' : path, read)
  const [still] = readScreens(backend, [{ text: read.text, title: asked.title }], asked.now, regex)
  const told = explanationOf(still!.reading)
  const change = swayedBy(backend, still!, asked.now)
  if (call.options.json === true)
    await deps.io.out(toJson({ version: 1, file: asked.path, backend: backend.name, ...told, change }))
  else
    await deps.io.out(
      explanationText(`${asked.path} (as ${backend.name})`, told, change, styleFor(deps.io.color)),
    )
  return Exit.done
}

/** Files that are read and printed at a time. */
const CHUNK = 200

/** One JSON line a file. A file that cannot be read has a line that says so, and the exit is 1. */
async function explainFolder(
  { path, title, now }: Still,
  backend: BackendSpec,
  files: ScreenFiles,
  regex: RegexRunner,
  deps: CliDeps,
): Promise<ExitCode> {
  const listed = files.list(path)
  if (listed.kind === 'refused') throw unreadable(path, listed)
  let exit: ExitCode = Exit.done
  for (let from = 0; from < listed.files.length; from += CHUNK) {
    const chunk = listed.files
      .slice(from, from + CHUNK)
      .map((file) => ({ file, read: files.read(resolve(path, file)) }))
    const texts = chunk.flatMap(({ read }) => (read.kind === 'ok' ? [{ text: read.text, title }] : []))
    const readings = readScreens(backend, texts, now, regex).values()
    const lines = chunk.map(({ file, read }) => {
      if (read.kind === 'ok') return toJson({ file, ...explanationOf(readings.next().value!.reading) }, 0)
      exit = Exit.failed
      return toJson({ file, error: whyNot(read) }, 0)
    })
    await deps.io.out(lines.join(''))
  }
  return exit
}

/**
 * The backend of that name in the config, if there is one, else the preset.
 * @throws {UserError} BACKEND_UNKNOWN, exit 2
 */
async function backendNamed(name: string, call: Invocation, deps: CliDeps): Promise<BackendSpec> {
  const own = await configured(call, deps)
  const known = { ...resolveBackends({}, presets, [name]).specs, ...own }
  if (Object.hasOwn(known, name)) return known[name]!
  const names = [...new Set([...Object.keys(presets), ...Object.keys(own)])].sort()
  const offer = nearest(name, names)
  throw new UserError({
    code: 'BACKEND_UNKNOWN',
    what: `No backend is called "${name}".`,
    fix: `${offer === undefined ? '' : `Did you mean ${offer}? `}Known: ${names.join(', ')}.`,
    exit: Exit.usage,
  })
}

/** A config that nobody named may be absent, or broken: then it is said, and the presets do. */
async function configured(call: Invocation, deps: CliDeps): Promise<Record<string, BackendSpec>> {
  if (call.config !== undefined) return (await fleetOf(call, deps)).backends
  const read = await deps.readConfig(undefined)
  if (read.kind === 'ok') return read.fleet.backends
  if (read.problems[0]?.code !== 'CONFIG_MISSING')
    await deps.io.err(`note: ${read.path} cannot be used, so only the built-in backends are known\n`)
  return {}
}

type Unread = { kind: 'absent' } | { kind: 'refused'; why: string }

const whyNot = (read: Unread): string => (read.kind === 'absent' ? 'is not there' : read.why)

function unreadable(place: string, read: Unread): UserError {
  return new UserError({
    code: 'SCREEN_UNREADABLE',
    what: `${place} ${whyNot(read)}.`,
    fix: 'Give --screen a text file of at most 1 MiB, a folder of *.txt files, or - for standard input.',
    file: place,
    exit: Exit.usage,
  })
}
