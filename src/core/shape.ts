/** Careful looks into JSON that somebody else's program wrote and may change without telling. */
export type Shape = Record<string, unknown>

export function shape(value: unknown): Shape | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Shape) : undefined
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function instant(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** The text of a content that is a string, or a list of blocks with a `text` each; images are named. */
export function blockText(content: unknown): string {
  if (typeof content === 'string') return content
  return list(content)
    .map((block) => {
      const found = shape(block)
      if (found === undefined) return text(block) ?? ''
      return text(found.text) ?? (found.type === undefined ? '' : `[${String(found.type)}]`)
    })
    .filter((part) => part !== '')
    .join('\n')
}

/** What a tool was asked, in few words: its command, file or pattern, else everything as JSON. */
export function askText(input: unknown): string {
  if (typeof input === 'string') return input
  const asked = shape(input)
  if (asked === undefined) return input === undefined ? '' : JSON.stringify(input)
  for (const key of [
    'command',
    'cmd',
    'file_path',
    'path',
    'pattern',
    'url',
    'query',
    'prompt',
    'description',
  ]) {
    const value = asked[key]
    if (typeof value === 'string') return value
    if (Array.isArray(value)) return value.map(String).join(' ')
  }
  return JSON.stringify(asked)
}
