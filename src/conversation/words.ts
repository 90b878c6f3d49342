import { squeeze } from '../core/text.ts'

/** Shorter texts ("yes") stand in many others: they must be the whole of what was said. */
const SHORT = 16

/** A text as it is compared: the CLIs trim, wrap and re-indent what they are given. */
export const words = (text: string): string => squeeze(text)

/** Whether what was said holds a text. Both as `words` gives them; several waiting messages may have been joined. */
export function holds(said: string, wanted: string): boolean {
  if (wanted === '' || said.length < wanted.length) return false
  if (said === wanted || said === asCommand(wanted)) return true
  return wanted.length >= SHORT && said.includes(wanted)
}

/** How Claude Code writes down a slash command. */
function asCommand(wanted: string): string | undefined {
  const found = /^\/([\w:-]+)(?: (.*))?$/s.exec(wanted)
  if (found === null) return undefined
  const [, name, rest = ''] = found
  return words(
    `<command-name>/${name}</command-name> <command-message>${name}</command-message> <command-args>${rest}</command-args>`,
  )
}
