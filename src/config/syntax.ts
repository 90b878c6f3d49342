import { error, type Finding, type Path } from './finding.ts'

const HEADER = /^\s*\[(\[?)\s*([A-Za-z0-9_.-]+)\s*\]/
const KEY = /^\s*([A-Za-z0-9_-]+)\s*=/

/** What no parser reads on, with the key of the line where it stopped: there is no tree yet that would tell its place. */
export function syntaxFinding(text: string, bad: { why: string; line: number; column: number }): Finding {
  const at = { line: bad.line, column: bad.column }
  const lines = text.split('\n')
  const line = lines[bad.line - 1] ?? ''
  const isTwice = bad.why.includes('redefine')
  const header = HEADER.exec(line)?.[2]
  if (isTwice && header !== undefined)
    return { ...twice(header.split('.'), `The table [${header}]`, 'Put its keys into the first one.'), at }
  // A text without an end stops the parser far below the line that is meant.
  const key = /[Uu]nterminated|end of/.test(bad.why) ? undefined : KEY.exec(line)?.[1]
  const path = key === undefined ? [] : [...tableAbove(lines, bad.line - 1), key]
  if (isTwice && key !== undefined)
    return { ...twice(path, `The key ${key}`, 'Keep the line that is meant, and remove the other.'), at }
  const fix = 'Text needs quotes; each key stands once.'
  return { ...error('CONFIG_SYNTAX', path, `This is not TOML: ${bad.why}.`, fix), at }
}

const twice = (path: Path, what: string, fix: string): Finding =>
  error('CONFIG_SYNTAX', path, `${what} stands twice.`, fix)

/** The table that a line belongs to, by the nearest header above it. */
function tableAbove(lines: readonly string[], before: number): (string | number)[] {
  for (let at = before - 1; at >= 0; at -= 1) {
    const [, list, name] = HEADER.exec(lines[at]!) ?? []
    if (name === undefined) continue
    if (list === '') return name.split('.')
    const same = lines.slice(0, at).filter((each) => HEADER.exec(each)?.[2] === name).length
    return [...name.split('.'), same]
  }
  return []
}
