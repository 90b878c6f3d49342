/** A preset as its file has it: patterns may be lists of alternatives, `parts` are pieces that they share. */
export interface PresetFile {
  readonly notes: Readonly<Record<string, string>>
  readonly parts?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

/** Keys of a `[backend.*]` table; patterns in Python `re` syntax that JavaScript reads alike. */
export type PresetTable = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** Letters, digits and blanks of ASCII are enough for these, and the engine is ready with them much sooner. */
const ASCII = '(?a)'

/** Lists of these tell what a program says of itself: see `sayings`. */
const NEWS = /^(?:limit|auth|context|billing|overload|crash|start)_re$/

/**
 * The table of a preset file: `notes` and `parts` left out, each list of alternatives made one pattern. In a list
 * `@generic` stands for the generic preset's alternatives of that key, and `{{name}}` for a part, the file's own or
 * else the generic one's.
 */
export function compose(file: PresetFile, generic: PresetFile): PresetTable {
  const parts = { ...generic.parts, ...file.parts }
  const table: Record<string, PresetTable[string]> = {}
  for (const [key, value] of Object.entries(file)) {
    if (key === 'notes' || key === 'parts') continue
    const listed = key.endsWith('_re') && Array.isArray(value)
    table[key] = listed ? patternOf(key, value as string[], generic, parts) : (value as PresetTable[string])
  }
  return table
}

function patternOf(
  key: string,
  listed: readonly string[],
  generic: PresetFile,
  parts: Readonly<Record<string, string>>,
): string {
  const all = listed.flatMap((one) => (one === '@generic' ? (generic[key] as string[]) : [one]))
  return ASCII + filled(NEWS.test(key) ? sayings(all) : gathered(all), parts)
}

/** A blank, or a class of characters, which is left as it is. */
const BLANK = /\[(?:\\.|[^\]\\])*\]| /g

/**
 * Alternatives of what a program says. One that begins with `^` stands at the start of a row, behind the mark or the
 * word "Error" that such rows begin with; one that begins with `!` only behind a mark of alarm or an error's label, as
 * a model may say it too. A blank is any gap between two words, also where the row was wrapped. Nothing newer may
 * follow (the part `newer`).
 */
function sayings(all: readonly string[]): string {
  const spaced = all.map((one) => one.replace(BLANK, (part) => (part === ' ' ? '{{gap}}' : part)))
  const behind = (sign: string, part: string): string[] => {
    const own = spaced.filter((one) => one.startsWith(sign)).map((one) => one.slice(1))
    return own.length > 0 ? [`{{${part}}}(?:${own.join('|')})`] : []
  }
  const anywhere = spaced.filter((one) => !/^[\^!]/.test(one))
  return `(?:${[...behind('^', 'row'), ...behind('!', 'alert'), ...anywhere].join('|')}){{newer}}`
}

/** Alternatives that end with the same part are put before it together: it is long, and once is enough. */
function gathered(all: readonly string[]): string {
  const groups = new Map<string, string[]>()
  for (const one of all) {
    const end = /\{\{\w+\}\}$/.exec(one)?.[0] ?? ''
    groups.set(end, [...(groups.get(end) ?? []), one.slice(0, one.length - end.length)])
  }
  return [...groups]
    .map(([end, group]) => (end === '' ? group.join('|') : `(?:${group.join('|')})${end}`))
    .join('|')
}

function filled(pattern: string, parts: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{\{(\w+)\}\}/g, (_, name: string) => filled(parts[name]!, parts))
}
