import { visible } from '../core/text.ts'
import type { TranscriptEntry } from './types.ts'

/** Paints for a terminal; each returns its text unchanged when colour is off. */
export interface TranscriptStyle {
  cyan(text: string): string
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
  dim(text: string): string
  bold(text: string): string
}

/** Lines of tool output shown without `--full`; the conversation is what people come for. */
const TOOL_LINES = 8
/** Characters of one shown line of tool output. */
const TOOL_COLUMNS = 400

/** One entry as text with a line feed at its end; nothing of it can steer the terminal. */
export function renderEntry(
  entry: TranscriptEntry,
  options: { style: TranscriptStyle; full: boolean; time: (at: number) => string },
): string {
  const { style } = options
  const time = style.dim(entry.at === undefined ? '--:--:--' : options.time(entry.at))
  const body = bodyLines(entry, options.full)
  if (entry.kind === 'tool') {
    const [first = '', ...rest] = body
    return lines(`${time} ${style.yellow(`${mark(entry)}${title(entry)}`)} ${first}`.trimEnd(), rest)
  }
  return lines(
    `${time} ${heading(entry, style)}`,
    body.map((line) => (entry.kind === 'result' || entry.kind === 'thinking' ? style.dim(line) : line)),
  )
}

function heading(entry: TranscriptEntry, style: TranscriptStyle): string {
  const name = `${mark(entry)}${title(entry)}`
  switch (entry.kind) {
    case 'user':
      return style.bold(style.cyan(name))
    case 'assistant':
      return style.bold(style.green(name))
    case 'result':
      return entry.failed === true ? style.red(`${name} failed`) : style.dim(name)
    default:
      return style.dim(name)
  }
}

function title(entry: TranscriptEntry): string {
  const tool = visible(entry.tool ?? '')
  if (entry.kind === 'tool') return `> ${tool}`
  return entry.kind === 'result' ? `< ${tool === '' ? 'result' : tool}` : entry.kind
}

const mark = (entry: TranscriptEntry): string => (entry.side === true ? '| ' : '')

function bodyLines(entry: TranscriptEntry, full: boolean): string[] {
  const all = entry.text.replace(/\r\n/g, '\n').trim().split('\n')
  const cut = !full && (entry.kind === 'tool' || entry.kind === 'result' || entry.kind === 'thinking')
  if (!cut) return all.map((line) => visible(line))
  const kept = all.slice(0, TOOL_LINES).map((line) => visible(shorten(line)))
  const more = all.length - kept.length
  return more > 0 ? [...kept, `... ${more} more ${more === 1 ? 'line' : 'lines'} (--full)`] : kept
}

function shorten(line: string): string {
  return line.length <= TOOL_COLUMNS ? line : `${line.slice(0, TOOL_COLUMNS)}... (--full)`
}

function lines(head: string, body: readonly string[]): string {
  const shown = body.length === 1 && body[0] === '' ? [] : body
  return `${[head, ...shown.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')}\n`
}
