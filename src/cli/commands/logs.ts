import { Exit, UserError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet.ts'
import { visible } from '../../core/text.ts'
import { sessionLogPath } from '../../daemon/names.ts'
import { countOption } from '../durations.ts'
import { isKnown, requireKnown, sessionOf } from '../names.ts'
import type { Command, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

const DEFAULT_LINES = 50

export const command: Command = async (call, deps) => {
  const wanted = countOption('-n', call.options.lines) ?? DEFAULT_LINES
  const fleet = await fleetOf(call, deps)
  const session = sessionOf(call.args[0]!, fleet)
  const path = sessionLogPath(fleet, session)
  const logs = await deps.logs()
  const tail = await logs.tail(path, wanted)
  if (tail === 'absent') throw noLog(call, fleet, session)
  const raw = call.options.raw === true
  await deps.io.out(tail.map((line) => `${raw ? line : shown(line)}\n`).join(''))
  if (call.options.follow !== true) return Exit.done
  const show = raw ? (text: string) => text : byLine()
  let turn = Promise.resolve()
  await logs.follow(
    path,
    (text) => {
      turn = turn.then(() => deps.io.out(show(text)))
    },
    deps.io.interrupted(),
  )
  await turn
  return Exit.done
}

/** A terminal ends its lines with CR LF; that one CR says nothing. */
function shown(line: string): string {
  return visible(line.replace(/\r+$/, ''), { newlines: true })
}

/** Holds an unfinished line back, so that a line shown is a whole one. A line over 64 KiB is shown in pieces. */
function byLine(): (text: string) => string {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > 65_536) {
      lines.push(rest)
      rest = ''
    }
    return lines.map((line) => `${shown(line)}\n`).join('')
  }
}

/** @throws {UserError} NAME_UNKNOWN, exit 2 */
function noLog(call: Invocation, fleet: Fleet, session: string): UserError {
  const name = call.args[0]!
  if (!isKnown(name, fleet)) requireKnown([name], fleet)
  return new UserError({
    code: 'LOG_MISSING',
    what: `There is no log of session ${session} in ${fleet.logDir}.`,
    fix: 'It has not been started yet; see agents status.',
    exit: Exit.failed,
  })
}
