import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import type { ChannelReport, ChannelStatus } from '../../daemon/notify/report.ts'
import { clockTime } from '../durations.ts'
import { type Style, styleFor, toJson } from '../text.ts'
import type { CliDeps, Command, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) => {
  const [what = ''] = call.args
  if (what !== 'test' && what !== 'status')
    throw new UserError({
      code: 'CLI_ARGUMENTS',
      what: `agents notify does not know "${visible(what)}".`,
      fix: 'Write agents notify test, or agents notify status.',
      exit: Exit.usage,
    })
  return withFleet(call, deps, (open) =>
    what === 'test' ? test(call, deps, open) : status(call, deps, open),
  )
}

async function test(call: Invocation, deps: CliDeps, open: OpenFleet): Promise<ExitCode> {
  if (open.fleet.notify === undefined)
    throw new UserError({
      code: 'NOTIFY_NOT_SET',
      what: 'The config names nobody to be told: there is no command, webhook or bell in [notify].',
      fix: 'Write for example [notify] and bell = true; docs/notify.md has more.',
      file: open.fleet.configPath,
      key: 'notify',
      exit: Exit.usage,
    })
  const channels = await open.control.notifyTest()
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, channels }))
  else await deps.io.out(channels.map((one) => reportText(one, styleFor(deps.io.color))).join(''))
  return channels.every((one) => one.ok) ? Exit.done : Exit.failed
}

function reportText({ channel, ok, detail, ms }: ChannelReport, style: Style): string {
  const head = ok ? style.green('OK  ') : style.red('FAIL')
  return ` ${head} ${channel.padEnd(8)} ${visible(detail)} ${style.dim(`(${ms} ms)`)}\n`
}

async function status(call: Invocation, deps: CliDeps, open: OpenFleet): Promise<ExitCode> {
  const channels = await open.control.notifyStatus()
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, channels }))
  else if (channels.length === 0)
    await deps.io.out('nobody is told: the config has no command, webhook or bell in [notify]\n')
  else await deps.io.out(channels.map((one) => statusText(one, deps.now(), styleFor(deps.io.color))).join(''))
  return Exit.done
}

function statusText(one: ChannelStatus, now: number, style: Style): string {
  const paint = one.state === 'failing' ? style.red : style.green
  const parts = [
    ` ${paint(one.state.padEnd(8))} ${one.channel.padEnd(8)} ${visible(one.target)}`,
    `${one.queued} waiting`,
    `${one.sentLastHour} of ${one.perHour} this hour`,
    one.lastOk === undefined ? 'never delivered' : `delivered ${clockTime(one.lastOk, now)}`,
    one.nextAt === undefined ? '' : `next ${clockTime(one.nextAt, now)}`,
  ]
  const head = `${parts.filter((part) => part !== '').join(', ')}\n`
  if (one.state !== 'failing' || one.lastError === undefined) return head
  return `${head}          ${visible(one.lastError.why)} ${style.dim(`(${clockTime(one.lastError.at, now)})`)}\n`
}
