/** What is known of the person whose text it is, so that it can be taken out. */
export interface Private {
  /** Home folder and login name. */
  home?: string
  user?: string
  /** Further texts that must not stay, e.g. `secretValues` of an environment. */
  values?: readonly string[]
  /** Columns of the terminal: a row that fills it may go on in the next one. */
  width?: number
}

/** Each finds what must not stay; where it has a group, only that. */
const SECRETS: readonly RegExp[] = [
  /sk-(?:ant|proj|or|svcacct)-[A-Za-z0-9_-]{8,}|\b(?:sk|pk|rk)-[A-Za-z0-9_-]{12,}/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,})/g,
  /\bxox[a-z]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[\w-]{30,}/g,
  /\bya29\.[\w-]{10,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)(?:-----END|$)/g,
  /\b(?:Bearer|Basic)\s+([A-Za-z0-9._~+/=-]{8,})/gi,
  /[\w-]*(?:api_?key|token|secret|passw(?:or)?d|passphrase|credential)[\w-]*["']?\s*[=:]\s*["']?(?=[\d,.%/]*[^\s\d,.%/"'│┃|])([^\s"'│┃|]{6,})/gi,
  /:\/\/([^\s/@]+)@/g,
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  // A prompt of a shell, `login@machine:`.
  /(?:^|\s)([\w.-]+@[\w.-]+)(?=:)/gm,
  /\/(?:home|Users)\/([^\s/:"'│┃|]+)/g,
  /\\Users\\([^\s\\:"']+)/g,
]
/** A long word of mixed letters and digits is a key of somebody's; a commit's hash has small letters only. */
const LONG_WORD = /[A-Za-z0-9+/_-]{36,}={0,2}/g
const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|COOKIE/i
/** A shorter value would be found in ordinary words. */
const SHORTEST_VALUE = 8
const SHORTEST_LOGIN = 4

/**
 * Text with keys, tokens, mail addresses, names in home paths and the given values replaced by `x`, character for
 * character: rows, columns and length stay as they are. Idempotent. It cannot know everything: who shares the result
 * looks it over first.
 */
export function maskSecrets(text: string, known: Private = {}): string {
  const hidden = new Uint8Array(text.length)
  find(text, known, (from, to) => hidden.fill(1, from, to))
  const joined = joinRows(text, known.width)
  if (joined !== undefined)
    find(joined.text, known, (from, to) => {
      for (let at = from; at < to; at += 1) hidden[joined.places[at]!] = 1
    })
  let masked = ''
  for (let at = 0; at < text.length; at += 1)
    masked += hidden[at] === 1 && !/\s/.test(text[at]!) ? 'x' : text[at]!
  return masked
}

/** The same for every text in a value. */
export function maskDeep<T>(value: T, known: Private = {}): T {
  if (typeof value === 'string') return maskSecrets(value, known) as T
  if (Array.isArray(value)) return value.map((each) => maskDeep(each, known)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskDeep(each, known)])) as T
}

/** The values of an environment that are secret by their names. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= SHORTEST_VALUE && SECRET_NAME.test(name) && !value.startsWith('/')
      ? [value]
      : [],
  )
}

function find(text: string, known: Private, hide: (from: number, to: number) => void): void {
  for (const pattern of SECRETS)
    for (const found of text.matchAll(pattern)) {
      const inner = found[1]
      const from = inner === undefined ? found.index : found.index + found[0].lastIndexOf(inner)
      hide(from, from + (inner ?? found[0]).length)
    }
  for (const found of text.matchAll(LONG_WORD))
    if (isKey(found[0])) hide(found.index, found.index + found[0].length)
  for (const value of literals(known))
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
      hide(at, at + value.length)
  const { user } = known
  if (user !== undefined && user.length >= SHORTEST_LOGIN)
    for (const found of text.matchAll(new RegExp(`(?<![\\w-])${escaped(user)}(?![\\w-])`, 'g')))
      hide(found.index, found.index + user.length)
}

const isKey = (word: string): boolean => /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word)

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function literals({ home, values = [] }: Private): string[] {
  const folder = home === undefined || home.split('/').length < 3 ? [] : [home]
  return [...values.filter((value) => value.length >= SHORTEST_VALUE), ...folder]
}

/** Rows that fill the terminal, and the row after each, as one; with the place of each character in the text. */
function joinRows(text: string, width: number | undefined): { text: string; places: number[] } | undefined {
  if (width === undefined || !text.includes('\n')) return undefined
  const places: number[] = []
  let joined = ''
  let rowFrom = 0
  for (let at = 0; at < text.length; at += 1) {
    const isBreak = text[at] === '\n'
    const isFull = isBreak && at - rowFrom >= width - 1
    if (isBreak) rowFrom = at + 1
    if (isFull) continue
    joined += text[at]
    places.push(at)
  }
  return { text: joined, places }
}
