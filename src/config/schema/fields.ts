import * as v from 'valibot'
import { parseDuration, parseSize } from '../duration.ts'
import { mendedName, nameFault } from '../names.ts'
import { nearest } from '../nearest.ts'
import { translatePyRegex } from '../py-regex/py-regex.ts'

/** What the reference and the editors say about a key. */
export interface About {
  about: string
  /** As the reference shows it; where it differs from the schema's own. */
  defaultText?: string
  unit?: string
  type?: string
}

/** An issue's message carries code, fault and mending; `readIssue` takes it apart again. */
const issue = (code: string, what: string, fix: string): string => `${code}\n${what}\n${fix}`
export function readIssue(message: string): { code: string; what: string; fix: string } {
  const [code = '', what = '', fix = ''] = message.split('\n')
  return fix === ''
    ? { code: 'CONFIG_TYPE', what: message, fix: 'See docs/reference/config.md.' }
    : { code, what, fix }
}

/** A value as it would be written in TOML, shortened. */
export function shown(value: unknown): string {
  if (value instanceof Date) return 'a date'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'a table'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)
}

const typeFault = (wanted: string, fix: string) => (i: { input: unknown }) =>
  issue('CONFIG_TYPE', `${shown(i.input)} is not ${wanted}.`, fix)

const noNul = v.check<string, string>(
  (text) => !text.includes('\0'),
  issue('CONFIG_VALUE', 'The text holds a NUL character.', 'Remove \\u0000.'),
)
const filled = v.check<string, string>(
  (value) => value.trim() !== '',
  issue('CONFIG_EMPTY', 'The text is empty.', 'Write a value, or remove the line to get the default.'),
)
const plain = v.string(typeFault('text', 'Write it in quotes.'))

/** Any text, also an empty one. */
export const text = () => v.pipe(plain, noNul, v.metadata({ notes: { type: 'text' } }))
/** Text with something in it. */
export const words = () => v.pipe(plain, filled, noNul, v.metadata({ notes: { type: 'text' } }))
export const path = () => v.pipe(plain, filled, noNul, v.metadata({ notes: { type: 'path' } }))
/** Name of an environment variable. */
export const variable = (example: string) =>
  v.pipe(
    words(),
    v.check(
      (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
      issue(
        'CONFIG_VALUE',
        'This is not the name of an environment variable.',
        `Write for example "${example}".`,
      ),
    ),
  )
export const flag = () =>
  v.pipe(
    v.boolean((i) =>
      issue(
        'CONFIG_TYPE',
        `${shown(i.input)} is not true or false.`,
        `Write ${/^(false|no|off|0)$/i.test(String(i.input)) ? 'false' : 'true'}, without quotes.`,
      ),
    ),
    v.metadata({ notes: { type: 'true or false' } }),
  )

export const choice = <const T extends readonly string[]>(options: T) =>
  v.pipe(
    v.picklist(options, (i) => {
      const near = typeof i.input === 'string' ? nearest(i.input, options) : undefined
      const list = options.map((o) => `"${o}"`).join(', ')
      return issue(
        'CONFIG_CHOICE',
        `${shown(i.input)} is not one of ${list}.`,
        `Write "${near ?? options[0]}".`,
      )
    }),
    v.metadata({ notes: { type: options.map((o) => `"${o}"`).join(' or ') } }),
  )

const textOrNumber = (wanted: string, fix: string) =>
  v.union([v.string(), v.number(), v.bigint()], typeFault(wanted, fix))

/** Milliseconds out, see `parseDuration`. @param minMs smaller values are refused */
export const duration = (minMs = 0) =>
  v.pipe(
    textOrNumber('a duration', 'Write "90s", "10m", "2h", "500ms", or a number of seconds.'),
    v.rawTransform<string | number | bigint, number>(({ dataset, addIssue, NEVER }) => {
      const read = parseDuration(dataset.value)
      const tooShort = read.kind === 'ok' && read.value < minMs
      if (read.kind === 'ok' && !tooShort) return read.value
      const why = read.kind === 'bad' ? read.why : `is less than ${minMs}ms`
      addIssue({
        message: issue(
          'CONFIG_DURATION',
          `${shown(dataset.value)} ${why}.`,
          tooShort
            ? `Write at least "${minMs}ms".`
            : 'Write "90s", "10m", "2h", "500ms", or a number of seconds.',
        ),
      })
      return NEVER
    }),
    v.metadata({ notes: { type: 'duration', unit: 'seconds when a bare number' } }),
  )

/** Bytes out, see `parseSize`. */
export const size = (minBytes: number) =>
  v.pipe(
    textOrNumber('a size', 'Write "10MB", "512KB", or a number of bytes.'),
    v.rawTransform<string | number | bigint, number>(({ dataset, addIssue, NEVER }) => {
      const read = parseSize(dataset.value)
      if (read.kind === 'ok' && read.value >= minBytes) return read.value
      const why = read.kind === 'bad' ? read.why : `is less than ${minBytes} bytes`
      addIssue({
        message: issue(
          'CONFIG_SIZE',
          `${shown(dataset.value)} ${why}.`,
          'Write "10MB", "512KB", or a number of bytes.',
        ),
      })
      return NEVER
    }),
    v.metadata({ notes: { type: 'size', unit: 'bytes when a bare number' } }),
  )

/** A number between two bounds; numeric text is taken too, as the driver's `int()` did. */
export const amount = (min: number, max: number, whole: boolean) =>
  v.pipe(
    textOrNumber('a number', `Write a number from ${min} to ${max}.`),
    v.rawTransform<string | number | bigint, number>(({ dataset, addIssue, NEVER }) => {
      const raw = dataset.value
      const value = typeof raw === 'string' && raw.trim() === '' ? Number.NaN : Number(raw)
      if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
      const kind = whole ? 'whole number' : 'number'
      addIssue({
        message: issue(
          'CONFIG_NUMBER',
          `${shown(raw)} is not a ${kind} from ${min} to ${max}.`,
          `Write a ${kind} from ${min} to ${max}.`,
        ),
      })
      return NEVER
    }),
    v.metadata({ notes: { type: whole ? 'whole number' : 'number' } }),
  )

export const name = () =>
  v.pipe(
    plain,
    v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const fault = nameFault(dataset.value)
      if (fault === undefined) return dataset.value
      const what = `${shown(dataset.value)} ${fault}.`
      addIssue({ message: issue('CONFIG_NAME', what, `Write "${mendedName(dataset.value)}".`) })
      return NEVER
    }),
    v.metadata({ notes: { type: 'name' } }),
  )

/** JavaScript source out; undefined for an empty pattern, which switches the detection off. */
export const pattern = () =>
  v.pipe(
    plain,
    noNul,
    v.rawTransform<string, string | undefined>(({ dataset, addIssue, NEVER }) => {
      if (dataset.value === '') return undefined
      const read = translatePyRegex(dataset.value)
      if (read.kind === 'ok') return read.source
      addIssue({
        message: issue(
          'CONFIG_REGEX',
          `The regular expression does not compile: ${read.why} (at character ${read.at + 1}).`,
          'Write it in Python syntax; in single quotes TOML leaves backslashes alone.',
        ),
      })
      return NEVER
    }),
    v.metadata({ notes: { type: 'regex' } }),
  )

/** A named key of tmux. */
export const tmuxKey = () =>
  v.pipe(
    plain,
    v.check(
      (key) => /^(?![-;])[!-~]{1,32}$/.test(key) && !key.endsWith(';'),
      issue('CONFIG_VALUE', 'That is not the name of a tmux key.', 'Write for example "Enter" or "C-m".'),
    ),
    v.metadata({ notes: { type: 'tmux key' } }),
  )

export const list = <T extends v.GenericSchema>(item: T, type: string) =>
  v.pipe(
    v.array(item, typeFault('an array', 'Write it in brackets: [ … ].')),
    v.metadata({ notes: { type } }),
  )

export const tableFault = typeFault('a table', 'Write it as a table, under a [header].')

/** Documents a key: every key of the schema goes through here. */
export const key = <T extends v.GenericSchema>(schema: T, about: About) =>
  v.pipe(schema, v.metadata({ notes: about })) as unknown as T

export { issue }

type PipeItem = { type: string; metadata?: { notes?: About }; pipe?: readonly unknown[] }

/** What is noted about a schema; outer notes win over those of the sort of field. */
export function notesOf(schema: unknown): Partial<About> {
  const items = ((schema as PipeItem).pipe ?? []) as readonly PipeItem[]
  return Object.assign(
    {},
    ...items.map((item) => (item.pipe === undefined ? item.metadata?.notes : notesOf(item))),
  )
}
