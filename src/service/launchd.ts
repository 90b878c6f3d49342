import { UserError } from '../core/index.ts'
import { MARK, type Recipe } from './recipe.ts'

/** What XML 1.0 cannot hold in any spelling. */
const UNSPEAKABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]/u

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

/** @throws {UserError} SERVICE_PATH for a character that no plist can hold */
export function xmlText(text: string): string {
  if (UNSPEAKABLE.test(text))
    throw new UserError({
      code: 'SERVICE_PATH',
      what: 'A path or a variable holds a control character that a property list cannot hold.',
      fix: 'Rename the folder, or mend the variable.',
    })
  return text.replace(/[&<>"'\n\r\t]/g, (char) => ENTITIES[char]!)
}

/**
 * A launch agent that keeps the watchdog there. `AbandonProcessGroup`: what it started, the tmux server first of all, is
 * not ended with it.
 */
export function launchdPlist(recipe: Recipe): string {
  const env = { ...recipe.env, AGENTS_SERVICE: 'launchd' }
  const entries: [string, string][] = [
    ['Label', string(recipe.name)],
    ['ProgramArguments', block('array', recipe.argv.map(string))],
    ['EnvironmentVariables', dict(Object.entries(env).map(([name, value]) => [name, string(value)]))],
    ['RunAtLoad', '<true/>'],
    ['KeepAlive', '<true/>'],
    ['ThrottleInterval', '<integer>10</integer>'],
    ['AbandonProcessGroup', '<true/>'],
    // 077
    ['Umask', '<integer>63</integer>'],
    ['StandardOutPath', string(recipe.logPath)],
    ['StandardErrorPath', string(recipe.logPath)],
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${MARK} -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${dict(entries)}
</plist>
`
}

const string = (text: string): string => `<string>${xmlText(text)}</string>`
const dict = (entries: readonly [string, string][]): string =>
  block(
    'dict',
    entries.map(([name, value]) => `<key>${xmlText(name)}</key>\n${value}`),
  )
const block = (tag: string, lines: readonly string[]): string => {
  const inner = lines
    .join('\n')
    .split('\n')
    .map((line) => `  ${line}`)
  return [`<${tag}>`, ...inner, `</${tag}>`].join('\n')
}
