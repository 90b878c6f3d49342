import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where curses looks without being told, the user's own folder first. */
const FOLDERS = [
  join(homedir(), '.terminfo'),
  '/etc/terminfo',
  '/lib/terminfo',
  '/usr/share/terminfo',
  '/usr/lib/terminfo',
  '/usr/local/share/terminfo',
  '/opt/homebrew/share/terminfo',
  '/run/current-system/sw/share/terminfo',
]

/**
 * `TERM` for the panes of a server of our own: `tmux-256color` where it is described, since agent CLIs take `screen` for
 * GNU screen and warn of it or do with fewer colours; else what every machine has.
 * @param folders @default those that curses knows
 */
export function paneTerminal(folders: readonly string[] = FOLDERS): string {
  // In a folder by its first letter, on macOS by that letter's number.
  const known = folders.some((folder) =>
    ['t', '74'].some((name) => existsSync(join(folder, name, 'tmux-256color'))),
  )
  return known ? 'tmux-256color' : 'screen-256color'
}
