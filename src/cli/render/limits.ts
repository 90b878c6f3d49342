import type { AccountReport, HeldReport, LimitsReport, WindowReport } from '../../core/index.ts'
import { shortSpan } from '../durations.ts'
import type { Style } from '../text.ts'

/** `agents limits` for people: each account, its limits with their evidence, and who waits. */
export function limitsText(report: LimitsReport, style: Style): string {
  if (report.accounts.length === 0) return 'no account: no agent is configured\n'
  return report.accounts.map((account) => accountText(account, report.at, style)).join('')
}

function accountText(account: AccountReport, now: number, style: Style): string {
  const paint =
    account.state === 'free' ? style.green : account.state === 'blocked' ? style.red : style.yellow
  const lines = [
    `${style.bold(`account ${account.account}`)}  ${paint(account.state)}  ${style.dim(account.agents.join(', '))}`,
    ...account.windows.flatMap((window) => windowLines(window, now, style)),
    ...account.held.map((held) => `  held: ${heldText(held, now)}`),
  ]
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function windowLines(window: WindowReport, now: number, style: Style): string[] {
  const { evidence, models } = window
  const whose = models === undefined ? '' : ` (model ${models.map((model) => model || 'default').join(', ')})`
  return [
    `  ${window.window}${whose}: ${stateText(window, now)}`,
    style.dim(
      `    since ${instant(window.since)}, by ${evidence.agent} (${evidence.source}): ${evidence.text}`,
    ),
    ...(window.tries > 0 ? [`    asked in vain: ${window.tries}×`] : []),
  ]
}

function stateText(window: WindowReport, now: number): string {
  const { canary, until, by } = window
  if (window.state === 'blocked') return 'no time lifts it: a person must act, then `agents resume NAME`'
  if (window.state === 'resuming') return `over: ${by || 'nobody'} works, the others follow one by one`
  if (window.state === 'asking')
    return `${canary?.agent ?? 'the next with something to do'} asks whether it is over`
  const next = canary?.agent === undefined ? 'who has something to do first' : canary.agent
  return `until ${instant(until ?? now)} (in ${shortSpan((until ?? now) - now)}); then ${next} asks`
}

const reasons: Record<HeldReport['why'], string> = {
  own: 'shows the limit',
  account: 'of the same account',
  asks: 'waits for a person',
}

function heldText(held: HeldReport, now: number): string {
  const end = held.until === undefined ? '' : `, until ${instant(held.until)}`
  return `${held.agent} (${reasons[held.why]}) for ${shortSpan(now - held.since)}${end}`
}

/** Local time with its offset: the same instant wherever it is read. */
export function instant(at: number): string {
  const then = new Date(at)
  const east = -then.getTimezoneOffset()
  const local = new Date(at + east * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  const minutes = Math.abs(east)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${local} ${east < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
