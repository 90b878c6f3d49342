import { counts } from './lua/counts.ts'
import type { Town } from './town.ts'

export interface MailCount {
  inbox: number
  urgent: number
  claimed: number
  dead: number
}

/** In one step, without a scan: it costs the same whatever is in the inboxes. */
export async function countMail(
  town: Town,
  ids: readonly string[],
): Promise<{ backlog: number; mail: MailCount[] }> {
  const reply = await town.redis.script(counts, [town.keys.root], ids)
  const [, backlog, ...rows] = Array.isArray(reply) ? reply : []
  return { backlog: Number(backlog) || 0, mail: rows.map((row) => countOf(row)) }
}

function countOf(row: unknown): MailCount {
  const [inbox, urgent, claimed, dead] = Array.isArray(row) ? row.map((n) => Number(n) || 0) : []
  return { inbox: inbox ?? 0, urgent: urgent ?? 0, claimed: claimed ?? 0, dead: dead ?? 0 }
}

export const sumMail = (mail: readonly MailCount[]): MailCount =>
  mail.reduce(
    (sum, one) => ({
      inbox: sum.inbox + one.inbox,
      urgent: sum.urgent + one.urgent,
      claimed: sum.claimed + one.claimed,
      dead: sum.dead + one.dead,
    }),
    { inbox: 0, urgent: 0, claimed: 0, dead: 0 },
  )
