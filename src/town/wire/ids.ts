/** The mailbox of people: `supervisor`, also called `conductor`. */
export const SUPERVISOR = '00000000-0000-0000-0000-000000000001'

/** Names that mean the supervisor in every place where an agent is named. */
export const isSupervisorName = (name: string): boolean =>
  ['supervisor', 'conductor'].includes(name.trim().toLowerCase())

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const FORMS = /^(?:urn:uuid:)?(?:\{([0-9a-f-]{36})\}|([0-9a-f]{32})|([0-9a-f-]{36}))$/i

/**
 * An id in the form in which it is stored: 36 characters, lower case. Takes the forms that `tt` takes, too: capitals,
 * 32 digits, braces, `urn:uuid:`. @returns undefined for what is none
 */
export function parseId(text: string): string | undefined {
  const [, braced, bare, plain] = FORMS.exec(text.trim()) ?? []
  const found = (braced ?? plain ?? dashed(bare))?.toLowerCase()
  return found !== undefined && CANONICAL.test(found) ? found : undefined
}

const dashed = (digits: string | undefined): string | undefined =>
  digits?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

export const newId = (): string => crypto.randomUUID()

/** Characters of an id that tables show; every verb takes as many as are unambiguous. */
export const SHORT = 8
export const shortId = (id: string): string => id.slice(0, SHORT)

/** Beginnings of these ids, none shorter than in tables, each long enough to mean one of them only. */
export function apart(ids: readonly string[]): string[] {
  let length = SHORT
  while (length < 36 && new Set(ids.map((id) => id.slice(0, length))).size < new Set(ids).size) length += 1
  return ids.map((id) => id.slice(0, length))
}

/** The beginning of an id, as a person types it: hexadecimal, at least four characters. */
export const isIdBeginning = (text: string): boolean => /^[0-9a-f]{4}[0-9a-f-]{0,32}$/i.test(text)
