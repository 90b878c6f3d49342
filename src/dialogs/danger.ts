import { straight } from './identify.ts'
import { questionsIn } from './question.ts'
import type { Dialog, MenuOption } from './types.ts'

/** What choosing an option may do that nobody wants by accident. */
export const dangers = ['paid', 'model', 'update', 'lasting', 'bypass', 'account', 'delete'] as const
export type Danger = (typeof dangers)[number]

/** By words, in the label, in what is said beside it, and in a question that it affirms. */
const words: Readonly<Record<Danger, RegExp>> = {
  paid: /\b(?:upgrad(?:e|es|ing)|buy|purchas\w*|pay(?:ment|ing|s)?|credits?|funds?|billing|billed|subscri\w+|(?:extra|more|additional) usage|spend\w*|request more|top[ -]?up|usage limit resets?|full reset|reset (?:my |your |the )?(?:current )?usage|overages?|pay-as-you-go|usage-based|free trial|trial|charged?|pricing|(?:get|go|try) (?:pro|plus|max|ultra|premium|team)|(?:pro|plus|max|premium) plan|get more access|higher (?:\w+ )?limits?|(?:increase|raise|lift|unlock) (?:my |your |the )?(?:\w+ )?limits?|(?:request|limit) (?:an? )?increase|notify (?:the |your )?(?:owner|admin)|[1-9]\d* (?:usd|eur|dollars))\b|[$€£] ?(?:[1-9]\d+|\d+\.\d\d)\b|\b(?:add|pay|for) [$€£] ?\d/iu,
  model:
    /\b(?:switch to|downgrad\w+|fall ?back|different model|another model|(?:new|smaller|cheaper|faster) model|change (?:the )?model|model-(?:downgrade|upgrade))\b/iu,
  update: /\b(?:update now|update and|install\w*|upgrad(?:e|es|ing)|auto-?update|update)\b/iu,
  lasting:
    /don't ask (?:me )?again|don't show|never (?:show|ask)|\balways\b|\bfor (?:this|the)(?: rest of the)?(?: running)? (?:session|conversation|project|chat)|\bduring this session|rest of the|\bremember\b|\ball\b|\beverything\b|\bauto(?:matic(?:ally)?)?[- ]?(?:accept|approve|allow|run)\w*|\bautomatically\b|parent folder|\bdefault\b|\bfrom this project\b|\buntil .{1,40} (?:restarted|restarts)|skip until/iu,
  bypass:
    /\bbypass\w*|full access|skip (?:all )?permissions?|\byolo\b|dangerously|accept edits mode|\bauto mode\b|without (?:asking|approval|your approval)|no sandbox|disable (?:the )?sandbox/iu,
  account: /\bsign in\b|\blog ?in\b|\bapi key\b|open browser|device code/iu,
  delete: /\bdelet\w+|permanently|\bdiscard\b|\boverwrite\b/iu,
}

/** File names and commands in a question say nothing about the answer. */
const things = /`[^`]*`|"[^"]*"|\S*[/\\.=$]\S*\w\S*/gu
const affirms =
  /^(?:yes|y|ok(?:ay)?|accept|i accept|agree|confirm|continue|proceed|allow|approve|enable|trust)\b/iu
/** Keeps what is: the words of another choice may stand in it. */
const keeps =
  /^(?:keep|use existing|no\b|stay|skip(?! until| all)|cancel|don't trust|deny|decline|reject|stop|not now|wait)/iu

/** Classes that a text names. */
export function named(text: string): Danger[] {
  const plain = straight(text)
  return dangers.filter((danger) => words[danger].test(plain))
}

export interface Dangers {
  /** By the option's own words. */
  own: Danger[]
  /** By the questions that it may affirm. */
  asked: Danger[]
}

/**
 * What choosing an option may do. One that keeps things as they are is dangerous only where it lasts.
 */
export function dangersOf(dialog: Pick<Dialog, 'kind' | 'text'>, option: MenuOption): Dangers {
  const label = straight(option.label)
  if (keeps.test(label)) return { own: named(option.label).filter((one) => one === 'lasting'), asked: [] }
  const own = named(`${option.label} ${option.more}`)
  if (!affirms.test(label)) return { own, asked: [] }
  const asked = named(questionsIn(dialog.text).join('\n').replace(things, ' '))
  const mode: Danger[] = dialog.kind === 'bypass' ? ['bypass'] : []
  return { own, asked: dangers.filter((one) => asked.includes(one) || mode.includes(one)) }
}

/** All that an option may do, each once. */
export function allDangers(dialog: Pick<Dialog, 'kind' | 'text'>, option: MenuOption): Danger[] {
  const { own, asked } = dangersOf(dialog, option)
  return dangers.filter((one) => own.includes(one) || asked.includes(one))
}
