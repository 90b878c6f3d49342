import type { TownReport } from '../../core/index.ts'
import { visible } from '../../core/text.ts'

/** One line of `agents status`: where the town is, and what waits in it. */
export function townLine(town: TownReport | undefined): string | undefined {
  if (town === undefined || town.state === 'off') return undefined
  if (isUnseen(town)) return ' town: not looked at yet'
  const { messages, backlog, server } = town
  const waits =
    messages === undefined
      ? []
      : [
          `inbox ${messages.inbox}`,
          `urgent ${messages.urgent}`,
          `claimed ${messages.claimed}`,
          `dead ${messages.dead}`,
          `backlog ${backlog ?? 0}`,
        ]
  const where = server === undefined ? '' : ` on ${serverText(server)}`
  return visible(
    ` town: ${town.name ?? '-'} (${town.state})${where}${waits.map((text) => `; ${text}`).join('')}`,
  )
}

/** The watchdog was just started, and has not come to it. */
const isUnseen = ({ state, reasons }: TownReport): boolean => state === 'away' && reasons.length === 0

function serverText({ kind, at, product, version, persistence }: NonNullable<TownReport['server']>): string {
  const program = product === undefined ? 'redis' : `${product} ${version ?? ''}`.trim()
  const kept = persistence === undefined ? '' : ` (${persistence})`
  return kind === 'private' ? `its own ${program}${kept}` : `${program}${kept} at ${at}`
}
