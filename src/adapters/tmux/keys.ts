const NAMED = [
  ...['Enter', 'Escape', 'Tab', 'BTab', 'Space', 'BSpace', 'Up', 'Down', 'Left', 'Right', 'Home', 'End'],
  ...['PageUp', 'PgUp', 'PPage', 'PageDown', 'PgDn', 'NPage', 'IC', 'Insert', 'DC', 'Delete'],
]
const KEY = new RegExp(
  `^(?:(?:[CMS]-){0,3}(?:${NAMED.join('|')}|F(?:[1-9]|1[0-2]))|(?:S-)?C-(?:M-)?[a-z@_\\]\\\\^])$`,
)

/** True for a tmux key name that presses one key and types no text: `Enter`, `C-m`, `S-Tab`, `F5`; not `y` or `hello`. */
export function isKeyName(name: string): boolean {
  return KEY.test(name)
}
