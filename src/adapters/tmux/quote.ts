/** One tmux command: its words, not yet quoted. */
export type Command = readonly string[]
/**
 * Runs one of two pairs of commands by a condition on the pane, at the same instant that it is looked at. Each branch
 * holds exactly two commands, so that the number of answers is known beforehand; only the last command of a list may
 * be one, since an error inside does not end the list.
 */
export function either(
  paneId: string,
  condition: string,
  yes: readonly [Command, Command],
  no: typeof yes,
): Command {
  return ['if-shell', '-F', '-t', paneId, condition, listLine(yes), listLine(no)]
}

/** Number of answers that control mode gives to a list in which nothing fails. */
export function answersTo(list: CommandList): number {
  return list.length + 2 * list.filter((command) => command[0] === 'if-shell').length
}

/** Commands that run in order; the first that fails ends the list. */
export type CommandList = readonly Command[]

/**
 * Quotes one word for tmux's own command parser (not for a shell), so that it arrives byte for byte: quotes, `;`, `$`,
 * `~`, `#`, braces, control characters and line ends included. NUL cannot be represented; callers refuse it.
 */
export function tmuxQuote(word: string): string {
  const inner = word
    .replace(/[\\"$~]/g, (char) => `\\${char}`)
    .replace(/[\u0000-\u001f\u007f]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `"${inner}"`
}

/** The text of a command list, on one line, as control mode and `source-file` read it. */
export function listLine(list: CommandList): string {
  return list.map((command) => command.map(tmuxQuote).join(' ')).join(' ; ')
}

/**
 * Protects text that tmux expands as a format (`new-session -s`, `-n`, `-c`; not `-e`, option values or argv).
 * A run of `#` right before `[` is a style to tmux, which copies it as it is; every other `#` has to be doubled (F2).
 */
export function escapeFormat(text: string): string {
  return text.replace(/#+(?!#)(\[?)/g, (run, bracket: string) => (bracket === '[' ? run : run + run))
}

/** The same for text that tmux also hands to strftime (`pipe-pane`). */
export function escapeTimeFormat(text: string): string {
  return escapeFormat(text).replace(/%/g, '%%')
}
