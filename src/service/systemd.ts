import { MARK, type Recipe } from './recipe.ts'

const SHORT: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\\': '\\\\', '"': '\\"' }

/**
 * One word of a systemd unit, so that it arrives byte for byte: in quotes, backslashes and control characters escaped,
 * `%` doubled, which would begin a specifier.
 */
export function unitWord(text: string): string {
  const inner = text
    .replace(
      /[\0-\x1f\x7f\\"]/g,
      (char) => SHORT[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .replaceAll('%', '%%')
  return `"${inner}"`
}

/** The same for `ExecStart=`, where `$` begins a variable. */
export const execWord = (text: string): string => unitWord(text).replaceAll('$', '$$$$')

/**
 * A user unit that keeps the watchdog there. `env` stands first because in the program's own place `$$` is no escape.
 * Only its own small process is ever ended with the unit (`KillMode=process`), never the agents below tmux; memory that
 * runs out anywhere in it does not stop it (`OOMPolicy=continue`). Failures are waited out by the program itself, since
 * systemd has a growing delay only from version 254 on.
 */
export function systemdUnit(recipe: Recipe): string {
  const env = Object.entries(recipe.env).map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}`)
  return [
    `# ${MARK}`,
    '[Unit]',
    `Description=agents: brings the watchdog of the fleet ${recipe.sessionPrefix} back`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=/usr/bin/env ${recipe.argv.map(execWord).join(' ')}`,
    ...env,
    'Environment=AGENTS_SERVICE=systemd',
    'Restart=always',
    'RestartSec=10',
    'KillMode=process',
    'OOMPolicy=continue',
    'UMask=0077',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n')
}
