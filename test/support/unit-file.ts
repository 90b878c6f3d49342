/**
 * Reads a systemd unit as systemd.syntax(7), systemd.service(5) and systemd.exec(5) say, as far as ours need it: written
 * from the manual, and knows nothing of the writer.
 */
export interface UnitFile {
  argv: string[]
  env: Record<string, string>
  /** `Service.Restart` → values, in order. */
  keys: Map<string, string[]>
}

export function readUnit(text: string): UnitFile {
  const keys = new Map<string, string[]>()
  let section = ''
  for (const line of joined(text)) {
    if (line === '' || /^[#;]/.test(line)) continue
    const head = /^\[(.+)\]$/.exec(line)?.[1]
    if (head !== undefined) {
      section = head
      continue
    }
    const at = line.indexOf('=')
    if (at < 1) throw new Error(`no assignment: ${line}`)
    const key = `${section}.${line.slice(0, at).trim()}`
    keys.set(key, [...(keys.get(key) ?? []), line.slice(at + 1).trim()])
  }
  const commands = keys.get('Service.ExecStart') ?? []
  if (commands.length !== 1) throw new Error(`${commands.length} commands`)
  const [program = '', ...args] = words(commands[0]!).map(specifiers)
  const env = (keys.get('Service.Environment') ?? []).flatMap((value) => words(value).map(specifiers))
  return {
    argv: [program, ...args.map(variables)],
    env: Object.fromEntries(
      env.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    ),
    keys,
  }
}

/** A backslash at the end of a line continues it. */
function joined(text: string): string[] {
  return text.replace(/\\\n/g, ' ').split('\n')
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

function words(text: string): string[] {
  const found: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\') {
      const next = text[++at]!
      if (next === 'x') {
        word = (word ?? '') + String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16))
        at += 2
      } else if (ESCAPES[next] !== undefined) word = (word ?? '') + ESCAPES[next]
      else throw new Error(`unknown escape \\${next}`)
    } else if (quote !== '') {
      if (char === quote) quote = ''
      else word = (word ?? '') + char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (quote !== '') throw new Error('a quote is not closed')
  return word === undefined ? found : [...found, word]
}

function specifiers(word: string): string {
  return word.replace(/%(.?)/gs, (_, next: string) => {
    if (next === '%') return '%'
    throw new Error(`a specifier: %${next}`)
  })
}

function variables(word: string): string {
  return word.replace(/\$(.?)/gs, (_, next: string) => {
    if (next === '$') return '$'
    throw new Error(`a variable: $${next}`)
  })
}
