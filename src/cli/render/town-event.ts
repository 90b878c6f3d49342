import { visible } from '../../core/text.ts'
import type { SeenEvent } from '../../town/events/events.ts'
import { shortId } from '../../town/wire/ids.ts'
import { clockTime } from '../durations.ts'
import type { Style } from '../text.ts'
import { type Names, nameIn } from './town-task.ts'

/** One event of the town as one line: time, type, agent, words. */
export function townEventText(event: SeenEvent, names: Names, now: number, style: Style): string {
  const who = event.agent === undefined ? '' : nameIn(names, event.agent)
  const mission = event.mission === undefined ? '' : `mission ${shortId(event.mission)}`
  const parts = [
    style.dim(clockTime(event.at, now)),
    paint(event, style)(event.type.padEnd(19)),
    [who, mission].filter((part) => part !== '').join(', '),
    event.message.includes(shortId(event.task ?? '-')) || event.task === undefined
      ? ''
      : style.dim(shortId(event.task)),
    visible(event.message),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function paint({ type }: SeenEvent, style: Style): (text: string) => string {
  if (/failed|needed|blocked|escalation/.test(type)) return style.red
  if (/completed|approval/.test(type)) return style.green
  return /assigned|spawned|resumed/.test(type) ? style.cyan : style.yellow
}

export const townEventJson = (event: SeenEvent, names: Names): object => ({
  ...event,
  agentName: event.agent === undefined ? undefined : names.get(event.agent),
})
