import type { CommandList } from './quote.ts'
import type { ClientSight } from './types.ts'

/** One row for each attached terminal; ids and numbers only, so that no name can confuse. */
export const CLIENTS: CommandList = [
  ['list-clients', '-F', '#{session_id} #{pane_id} #{client_activity} #{client_created}'],
]

/** Rows that cannot be read are left out: a client that is just going has no session. */
export function parseClients(text: string): ClientSight[] {
  return text.split('\n').flatMap((row) => {
    const found = /^(\$\d+) (%\d+) (\d+) (\d+)$/.exec(row)
    if (found === null) return []
    const [activity, created] = [Number(found[3]), Number(found[4])]
    // Coming is an activity to tmux, and no key.
    const keyAt = activity - created <= 1 ? undefined : activity * 1000
    return [{ sessionId: found[1]!, paneId: found[2]!, keyAt }]
  })
}
