/**
 * The one place where text becomes part of a shell command. Templates (`model_flag`, `attach`, an exec backend's
 * `bin`) are the user's own shell text; the values put into them are not, and must arrive as they are.
 */

const SAFE_WORD = /^[A-Za-z0-9_@%+:,./-]+$/

/** One word for a POSIX shell. Safe words stay bare; NUL, which no argument can hold, is dropped. */
export function shellQuote(value: string): string {
  const text = value.replaceAll('\0', '')
  return SAFE_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * Fills `{slot}` in a template; an unknown `{…}` stays.
 *
 * `plain` (prompts, messages) works as the Python driver did: slot after slot, so that a value may hold slots that
 * follow it. `shell` reads the template as shell text and inserts each value so that it is one literal piece of a word
 * wherever it stands: bare, inside quotes of either sort, inside `$(…)` or backquotes, in a comment. There a value is
 * never scanned again, and `${slot}` is left to the shell, whose syntax it is. Here-documents are not followed.
 */
export function substitute(
  template: string,
  values: Readonly<Record<string, string>>,
  options: { mode: 'shell' | 'plain' },
): string {
  if (options.mode === 'shell') return substituteShell(template, values)
  let text = template
  for (const [slot, value] of Object.entries(values)) text = text.split(`{${slot}}`).join(value)
  return text
}

/** Where a place in a shell text is. `paren` counts the open parentheses of a `$(…)`. */
type Frame =
  | { kind: 'bare'; until: 'end' | ')' | '`'; paren: number }
  | { kind: 'single' | 'ansi' | 'double' | 'comment' }

function substituteShell(template: string, values: Readonly<Record<string, string>>): string {
  const frames: Frame[] = [{ kind: 'bare', until: 'end', paren: 0 }]
  let out = ''
  let at = 0
  while (at < template.length) {
    const slot = slotAt(template, at, values)
    if (slot !== undefined) {
      out += insert(values[slot]!, frames)
      at += slot.length + 2
      continue
    }
    const taken = step(template, at, frames)
    out += template.slice(at, at + taken)
    at += taken
  }
  return out
}

function slotAt(template: string, at: number, values: Readonly<Record<string, string>>): string | undefined {
  if (template[at] !== '{' || template[at - 1] === '$') return undefined
  const end = template.indexOf('}', at)
  const name = end < 0 ? '' : template.slice(at + 1, end)
  return name !== '' && Object.hasOwn(values, name) ? name : undefined
}

function insert(value: string, frames: readonly Frame[]): string {
  const text = value.replaceAll('\0', '')
  let piece = quoteFor(text, frames.at(-1)!.kind)
  // Backquotes take one layer of backslashes away before the command inside is read.
  for (const frame of frames) {
    if (frame.kind === 'bare' && frame.until === '`') piece = piece.replace(/[\\`$]/g, '\\$&')
  }
  return piece
}

function quoteFor(text: string, kind: Frame['kind']): string {
  switch (kind) {
    case 'bare':
      return shellQuote(text)
    case 'single':
      return text.replaceAll("'", "'\\''")
    case 'ansi':
      return `'${shellQuote(text)}$'`
    case 'double':
      return text.replace(/[\\"$`]/g, '\\$&')
    case 'comment':
      return text.replace(/[\r\n]+/g, ' ')
  }
}

/** Reads one token of the template, moving the frames. Answers how many characters it took. */
function step(template: string, at: number, frames: Frame[]): number {
  const frame = frames.at(-1)!
  const char = template[at]!
  if (frame.kind === 'comment') {
    if (char === '\n') frames.pop()
    return 1
  }
  if (frame.kind === 'single') {
    if (char === "'") frames.pop()
    return 1
  }
  if (char === '\\') return Math.min(2, template.length - at)
  if (frame.kind === 'ansi') {
    if (char === "'") frames.pop()
    return 1
  }
  return frame.kind === 'bare' ? stepBare(template, at, frame, frames) : stepDouble(template, at, frames)
}

function stepDouble(template: string, at: number, frames: Frame[]): number {
  if (template[at] === '"') {
    frames.pop()
    return 1
  }
  return stepCommand(template, at, frames)
}

function stepBare(
  template: string,
  at: number,
  frame: Extract<Frame, { kind: 'bare' }>,
  frames: Frame[],
): number {
  const char = template[at]!
  if (template.startsWith("$'", at)) {
    frames.push({ kind: 'ansi' })
    return 2
  }
  if (char === "'") frames.push({ kind: 'single' })
  else if (char === '"') frames.push({ kind: 'double' })
  else if (char === '#' && /^$|[\s;&|()]/.test(template[at - 1] ?? '')) frames.push({ kind: 'comment' })
  else if (char === '(') frame.paren += 1
  else if (char === ')') {
    if (frame.until === ')' && frame.paren === 0) frames.pop()
    else frame.paren -= 1
  } else return stepCommand(template, at, frames)
  return 1
}

/** `$(` and backquotes, which open a command both bare and inside double quotes. */
function stepCommand(template: string, at: number, frames: Frame[]): number {
  if (template.startsWith('$(', at)) {
    frames.push({ kind: 'bare', until: ')', paren: 0 })
    return 2
  }
  if (template[at] === '`') {
    const open = frames.findLastIndex((frame) => frame.kind === 'bare' && frame.until === '`')
    if (open >= 0) frames.length = open
    else frames.push({ kind: 'bare', until: '`', paren: 0 })
  }
  return 1
}
