import type { AskOption, AskReport } from '../../core/status.ts'
import { visible } from '../../core/text.ts'
import { shortSpan } from '../durations.ts'
import type { Style } from '../text.ts'

/** Rows of a dialog's text that are shown to a person; `--json` has all of them. */
const mostRows = 15

/** `agents asks` for people: who asks what, the options with their numbers, and what a rule would answer. */
export function renderAsks(asks: readonly AskReport[], now: number, style: Style): string {
  if (asks.length === 0) return ' nobody asks\n'
  return asks.map((ask) => `${linesOf(ask, now, style).join('\n')}\n`).join('\n')
}

function linesOf(ask: AskReport, now: number, style: Style): string[] {
  const age = ask.since === undefined ? '' : ` for ${shortSpan(now - ask.since)}`
  const head = visible(`${ask.agent} asks${age}: ${ask.kind} (${ask.dialog}, ${ask.backend})`)
  return [
    style.bold(head),
    ...textOf(ask).map((line) => style.dim(visible(line === '' ? '' : `    ${line}`))),
    ...ask.options.map((option) => optionLine(option, style)),
    ...(ask.several ? ['  several can be ticked'] : []),
    style.dim(`  ${policyLine(ask)}`),
    `  ${hint(ask)}`,
  ]
}

function textOf({ text }: AskReport): string[] {
  const lines = text === '' ? [] : text.split('\n')
  return lines.length <= mostRows ? lines : ['…', ...lines.slice(-mostRows)]
}

function optionLine({ number, label, more, chosen, dangers }: AskOption, style: Style): string {
  const beside = more === '' ? '' : style.dim(`  ${visible(more)}`)
  const marks = dangers.length === 0 ? '' : style.yellow(`  [${dangers.join(', ')}]`)
  return `  ${chosen ? '>' : ' '} ${number}  ${visible(label)}${beside}${marks}`
}

function policyLine({ policy }: AskReport): string {
  const { rule, option, why } = policy
  if (why !== undefined)
    return visible(`not answered by a rule: ${why}${rule === undefined ? '' : ` (rule "${rule}")`}`)
  return visible(`the rule "${rule}" answers "${option}"`)
}

const hint = ({ agent, kind, options, several }: AskReport): string =>
  kind === 'limit'
    ? `agents resume ${agent}, when it is settled`
    : several || options.length === 0
      ? `agents attach ${agent}${options.length === 0 ? `, or agents answer ${agent} TEXT` : ''}`
      : `agents answer ${agent} 1…${options.length}`
