import { isPlaceholder } from './placeholder.ts'

/** What a status file says about its phase. */
export interface DoneVerdict {
  done: boolean
  /** One sentence for a person. */
  why: string
  /** 1-based line of the marker that decided; undefined when there is none. */
  line: number | undefined
}

/**
 * Whether the text says DONE: a marker line at column 0, outside code fences and comments, with no
 * condition or placeholder after the marker, whose next line that says anything is no placeholder. Nothing after the
 * marker counts as done, as in the Python driver: a bare marker at the end is what most agents write. One good marker
 * is enough.
 * @param marker `[loop] done_marker`, case-sensitive. @default '## DONE'
 */
export function isDone(text: string, marker = '## DONE'): DoneVerdict {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const hidden = hiddenLines(lines)
  let verdict: DoneVerdict = { done: false, why: `no line starts with "${marker}"`, line: undefined }
  if (marker.trim() === '') return { ...verdict, why: 'the done marker is empty' }
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith(marker)) continue
    const why = hidden[at] ?? objectionToHeading(line.slice(marker.length)) ?? objectionToBody(lines, at + 1)
    if (why === undefined) return { done: true, why: `line ${at + 1} says "${marker}"`, line: at + 1 }
    verdict = { done: false, why: `line ${at + 1}: ${why}`, line: at + 1 }
  }
  return verdict
}

/** For each line, why nothing on it counts: it stands in fenced code or in a comment of several lines. */
function hiddenLines(lines: readonly string[]): (string | undefined)[] {
  let fence: { sign: string; length: number; line: number } | undefined
  let comment: number | undefined
  return lines.map((line, at) => {
    if (comment !== undefined) {
      const since = comment
      if (line.includes('-->')) comment = undefined
      return `the marker stands in a comment that begins on line ${since}`
    }
    const ticks = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line)
    const sign = ticks?.[1]?.[0] ?? ''
    const length = ticks?.[1]?.length ?? 0
    const rest = ticks?.[2] ?? ''
    if (fence !== undefined) {
      const since = fence.line
      if (sign === fence.sign && length >= fence.length && rest.trim() === '') fence = undefined
      return `the marker stands in the code block that begins on line ${since}`
    }
    if (ticks !== null && !(sign === '`' && rest.includes('`'))) fence = { sign, length, line: at + 1 }
    else if (line.lastIndexOf('<!--') > line.lastIndexOf('-->')) comment = at + 1
    return undefined
  })
}

/** What names the conditions of DONE instead of saying that they hold. */
const CONDITIONS =
  /^(?:criteria|criterion|when|if|once|after|definition|checklist|conditions?|requirements?|gates?\s*$)\b/i

/**
 * `## DONE criteria` is another heading; a colon, a rule, a tick or a date is none. What follows a colon, a dash or a
 * bracket (`## DONE: all gates pass`, `## DONE — pending`) is judged like the line below would be.
 */
function objectionToHeading(rest: string): string | undefined {
  const words = rest.replace(/(?<![\p{L}\p{N}])\d{2,4}[-.:/]\d[\d:.T+/-]*Z?(?![\p{L}\p{N}])|\bUTC\b/gu, ' ')
  if (!/[\p{L}\p{N}]/u.test(words)) return undefined
  const said = /^(?:\s*[:(,;!.]|\s+[—–-]+\s)\s*(.*)$/u.exec(words)?.[1]
  if (said !== undefined && !isPlaceholder(said) && !CONDITIONS.test(said.trim())) return undefined
  return `"${rest.trim().slice(0, 60)}" after the marker makes it another heading; write the marker alone on its line`
}

function objectionToBody(lines: readonly string[], from: number): string | undefined {
  const at = lines.findIndex((line, n) => n >= from && saysSomething(line))
  const line = lines[at]
  if (line === undefined) return undefined
  if (isPlaceholder(line)) return `"${line.trim().slice(0, 60)}" after it is a placeholder`
  const open = openTask(lines.slice(at))
  return open === undefined ? undefined : `"${open.trim().slice(0, 60)}" in the list after it is not ticked`
}

/** Blank lines, rules across the page and the fences of code say nothing; what stands in the code does. */
function saysSomething(line: string): boolean {
  const text = line.trim()
  return text !== '' && !/^(?:-{3,}|={3,}|\*{3,}|_{3,}|(?:`{3,}|~{3,})[\w-]*)$/.test(text)
}

/** The first open task of a task list that begins at once. */
function openTask(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const task = /^\s*(?:[-*+]|\d+[.)])\s+\[([ xX])\]/.exec(line)
    if (task === null) return undefined
    if (task[1] === ' ') return line
  }
  return undefined
}
