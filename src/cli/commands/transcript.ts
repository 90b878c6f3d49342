import { join, resolve } from 'node:path'
import type { TranscriptFiles } from '../../adapters/files/jsonl.ts'
import type { AgentSpec } from '../../core/agent-spec.ts'
import { Exit, UserError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet.ts'
import { findTranscript } from '../../transcript/find.ts'
import { createTranscriptParser, type TranscriptParser } from '../../transcript/parse.ts'
import { renderEntry } from '../../transcript/render.ts'
import type { TranscriptEntry, TranscriptFormat } from '../../transcript/types.ts'
import { clockTime, countOption } from '../durations.ts'
import { requireAgent } from '../names.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

export const command: Command = async (call, deps) => {
  const last = countOption('-n', call.options.lines)
  const files = await deps.transcripts()
  const path = await pathOf(call, deps, files)
  const parser = createTranscriptParser()
  const read = await files.records(path, 0)
  if (read === undefined) throw unreadable(path)
  const entries = parser.push(read.records)
  const shown = last === undefined ? entries : last === 0 ? [] : entries.slice(-last)
  if (call.options.follow === true) {
    for (const entry of shown) await deps.io.out(entryText(entry, call, deps))
    await follow(path, read.next, parser, files, call, deps)
  } else if (call.options.json === true) {
    await deps.io.out(
      toJson({ version: 1, file: path, format: parser.format(), skipped: parser.skipped(), entries: shown }),
    )
  } else for (const entry of shown) await deps.io.out(entryText(entry, call, deps))
  await tellSkipped(parser, deps)
  return Exit.done
}

async function pathOf(call: Invocation, deps: CliDeps, files: TranscriptFiles): Promise<string> {
  if (typeof call.options.file === 'string') return resolve(deps.cwd, call.options.file)
  const name = call.args[0]
  if (name === undefined) throw nobodyNamed()
  const fleet = await fleetOf(call, deps)
  requireAgent(name, fleet)
  const agent = fleet.agents.find((each) => each.name === name)!
  const { found, searched } = await findTranscript(await searchOf(agent, fleet, deps, files), files)
  if (found === undefined) throw nothingFound(agent, searched)
  await tellShared(agent, fleet, found.path, deps)
  return found.path
}

async function searchOf(agent: AgentSpec, fleet: Fleet, deps: CliDeps, files: TranscriptFiles) {
  return {
    dir: agent.dir,
    id: await resumeId(agent, fleet, files),
    only: formatOf(agent, fleet),
    home: deps.home,
    env: { ...deps.env, ...agent.env },
  }
}

async function resumeId(agent: AgentSpec, fleet: Fleet, files: TranscriptFiles): Promise<string | undefined> {
  const id = await files.shortText(join(fleet.stateDir, `${agent.name}.id`))
  return id === undefined || id === '' ? undefined : id
}

/** Known for our presets and for a backend whose command is one of the two programs; else both are looked for. */
function formatOf(agent: AgentSpec, fleet: Fleet): TranscriptFormat | undefined {
  const backend = fleet.backends[agent.backend]
  const words = [
    backend?.preset,
    backend?.processName,
    backend?.bin.trim().split(/\s+/)[0]?.split('/').at(-1),
  ]
  return (['claude', 'codex'] as const).find((format) => words.includes(format))
}

/** Two agents in one folder write their logs to one place; only a recorded conversation id tells them apart. */
async function tellShared(agent: AgentSpec, fleet: Fleet, path: string, deps: CliDeps): Promise<void> {
  const others = fleet.agents
    .filter((other) => other !== agent && other.dir === agent.dir)
    .map((other) => other.name)
  const id = await resumeId(agent, fleet, await deps.transcripts())
  if (others.length === 0 || (id !== undefined && path.includes(id))) return
  await deps.io.err(
    `note: ${others.join(', ')} work in the same folder; this is the newest log of it: ${path}\n`,
  )
}

async function follow(
  path: string,
  from: number,
  parser: TranscriptParser,
  files: TranscriptFiles,
  call: Invocation,
  deps: CliDeps,
): Promise<void> {
  let next = from
  const look = async () => {
    const read = await files.records(path, next)
    if (read === undefined) return
    next = read.next
    for (const entry of parser.push(read.records)) await deps.io.out(entryText(entry, call, deps))
  }
  await files.follow(path, look, deps.io.interrupted())
}

function entryText(entry: TranscriptEntry, call: Invocation, deps: CliDeps): string {
  if (call.options.json === true) return toJson(entry, 0)
  return renderEntry(entry, {
    style: styleFor(deps.io.color),
    full: call.options.full === true,
    time: (at) => clockTime(at, deps.now()),
  })
}

async function tellSkipped(parser: TranscriptParser, deps: CliDeps): Promise<void> {
  const skipped = parser.skipped()
  if (skipped > 0)
    await deps.io.err(`note: ${skipped} broken ${skipped === 1 ? 'line was' : 'lines were'} skipped\n`)
}

function nobodyNamed(): UserError {
  return new UserError({
    code: 'CLI_ARGUMENTS',
    what: 'agents transcript needs the name of an agent, or --file PATH.',
    fix: 'Write agents transcript NAME.',
    exit: Exit.usage,
  })
}

function unreadable(path: string): UserError {
  return new UserError({
    code: 'TRANSCRIPT_MISSING',
    what: `${path} cannot be read.`,
    fix: 'Give another file with --file PATH.',
  })
}

function nothingFound(agent: AgentSpec, searched: readonly string[]): UserError {
  return new UserError({
    code: 'TRANSCRIPT_MISSING',
    what: `No conversation log was found for ${agent.name}, which works in ${agent.dir}.`,
    fix: `Searched: ${searched.join(', ')}. Only Claude Code and Codex keep such logs; --file PATH names one.`,
  })
}
