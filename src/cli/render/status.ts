import type { AgentReport, Life, PhaseReport, Problem, ReadingState, StatusReport } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { clockTime, shortSpan } from '../durations.ts'
import type { Style } from '../text.ts'
import { type Cell, cell, columnsOf, type Row } from './columns.ts'
import { townLine } from './town-line.ts'
import { truncate } from './width.ts'

export interface StatusView {
  style: Style
  /** Width of the terminal; undefined: nothing is cut. */
  columns: number | undefined
}

const HEADER = [
  'AGENT',
  'KIND',
  'BACKEND',
  'MODEL',
  'LIFE',
  'READING',
  'SINCE',
  'RESTARTS',
  'LAST EVENT',
  'WATCH',
  '',
]

/** `agents status` for people: phase, agents, services, watchdog, then everything that is not as it should be. */
export function renderStatus(report: StatusReport, view: StatusView): string {
  const rows: Row[] = [
    HEADER.map((name) => cell(name, view.style.bold)),
    ...report.agents.map((agent) => agentRow(agent, report.at, view.style)),
    ...report.services.map((service) =>
      partRow(
        service.name,
        service.life,
        lifePaint(service.life, view.style),
        marks([command(service.command)]),
      ),
    ),
    watchdogRow(report, view.style),
  ]
  const lines = [
    ...(report.phase === undefined ? [] : [within(phaseLine(report.phase), view.columns)]),
    ...columnsOf(rows, view.columns),
  ]
  return `${lines.join('\n')}\n${renderTown(report, view)}`
}

/** The town, and everything that is not as it should be. */
export function renderTown(report: StatusReport, view: StatusView): string {
  const lines = [
    ...townLines(report, view),
    ...notes(report).map(({ text, paint }) => view.style[paint](within(visible(text), view.columns))),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** ` phase: ID [POS/TOTAL] plan=PLAN (## DONE | in progress)`, as the Python driver printed it. */
function phaseLine(phase: PhaseReport): string {
  const state = phase.complete ? 'sequence complete' : phase.done ? '## DONE' : 'in progress'
  const plan = phase.plan === '' ? '-' : phase.plan
  return visible(` phase: ${phase.id} [${phase.position}/${phase.total}] plan=${plan} (${state})`)
}

function agentRow(agent: AgentReport, now: number, style: Style): Row {
  const until = agent.until === undefined ? '' : ` until ${clockTime(agent.until, now)}`
  const last = agent.lastEvent
  return [
    cell(agent.name),
    cell(agent.kind),
    cell(visible(agent.backend)),
    cell(visible(agent.model)),
    cell(`${agent.life}${until}`, lifePaint(agent.life, style)),
    cell(readingOf(agent, now), readingPaint(agent.reading, style)),
    cell(agent.since === undefined ? '-' : shortSpan(now - agent.since)),
    cell(String(agent.restarts), agent.restarts > 0 ? style.yellow : undefined),
    cell(last === undefined ? '-' : truncate(`${shortSpan(now - last.at)} ago: ${visible(last.text)}`, 44)),
    cell(agent.watch),
    cell(
      marks([
        agent.enabled ? '' : '(disabled)',
        agent.paused ? '(paused)' : '',
        agent.insteadOf === undefined
          ? ''
          : `(instead of ${visible(elsewhere(agent.insteadOf, agent.backend))})`,
        queue(agent),
        command(agent.command),
      ]),
    ),
  ]
}

/** What its screen says; for a dialog also which sort, and how long it has stood. */
function readingOf({ reading, asking }: AgentReport, now: number): string {
  if (asking === undefined) return reading ?? '-'
  const age = asking.since === undefined ? '' : ` ${shortSpan(now - asking.since)}`
  return `${reading ?? 'asking'} (${asking.kind}${age})`
}

function partRow(name: string, life: string, paint: Cell['paint'], extra: string): Row {
  return ['', 'service', '-', '-', '', '-', '-', '-', '-', '-', extra].map((text, at) =>
    at === 0 ? cell(name) : at === 4 ? cell(life, paint) : cell(text),
  )
}

function watchdogRow(report: StatusReport, style: Style): Row {
  const { life, since, pid } = report.watchdog
  const row = [
    ...partRow('watchdog', life === 'down' ? 'DOWN' : life, lifePaint(life, style), pidMark(life, pid)),
  ]
  row[6] = cell(since === undefined ? '-' : shortSpan(report.at - since))
  return row
}

function pidMark(life: string, pid: number | undefined): string {
  return life === 'up' && pid !== undefined ? `[pid ${pid}]` : ''
}

function townLines({ town }: StatusReport, view: StatusView): string[] {
  const line = townLine(town)
  if (line === undefined) return []
  const text = within(line, view.columns)
  return [town?.state === 'ok' ? text : view.style.yellow(text)]
}

interface Note {
  text: string
  paint: 'red' | 'yellow'
}

const red = (text: string): Note => ({ text, paint: 'red' })
const yellow = (text: string): Note => ({ text, paint: 'yellow' })

function notes(report: StatusReport): Note[] {
  return [
    ...serverNotes(report),
    ...report.unmanaged.map((each) => yellow(unmanagedText(each))),
    ...(report.config.stale
      ? [red(' config: the file cannot be used; the last good one stays in force')]
      : []),
    ...report.config.problems.map((problem) =>
      (problem.severity === 'error' ? red : yellow)(problemText(problem)),
    ),
    ...report.attention.map((sentence) => red(` ! ${sentence}`)),
  ]
}

function serverNotes({ tmux }: StatusReport): Note[] {
  if (tmux.server !== 'unknown') return []
  return [red(` tmux: cannot be asked (${tmux.why ?? 'no answer'}); what is shown is what is known`)]
}

function unmanagedText({ session, agent }: StatusReport['unmanaged'][number]): string {
  const name = agent.replace(/^service:/, '')
  const what = name === agent ? 'agent' : 'service'
  return ` unmanaged: session ${session} (${what} ${name}) runs and is in no config any more; agents down ${name} ends it`
}

function problemText(problem: Problem): string {
  const place = `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}`
  const where = problem.key === '' ? place : `${place} ${problem.key}`
  return ` config ${problem.severity}: ${where}: ${problem.what} ${problem.fix}`.trimEnd()
}

function lifePaint(life: Life | 'down', style: Style): Cell['paint'] {
  if (life === 'up' || life === 'done') return style.green
  if (life === 'parked' || life === 'down') return style.red
  return life === 'stopped' ? style.dim : style.yellow
}

function readingPaint(reading: ReadingState | undefined, style: Style): Cell['paint'] {
  if (reading === 'asking' || reading === 'failing' || reading === 'shell') return style.red
  if (reading === 'limited') return style.yellow
  return reading === 'working' ? style.green : undefined
}

const elsewhere = (own: { backend: string; model: string }, backend: string): string =>
  own.backend === backend ? own.model : own.backend

const command = (name: string | undefined): string => (name === undefined ? '' : `[${visible(name)}]`)
const queue = (agent: AgentReport): string =>
  agent.queued === 0
    ? ''
    : `${agent.queued} queued${agent.queuedWhy === undefined ? '' : ` (${agent.queuedWhy})`}`
const marks = (all: readonly string[]): string => all.filter((mark) => mark !== '').join(' ')

function within(line: string, columns: number | undefined): string {
  return columns === undefined ? line : truncate(line, columns)
}
