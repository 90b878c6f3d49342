import type { CommandList } from './quote.ts'
import type { ClientSight } from './types.ts'

/** One row for each attached terminal; ids and numbers only, so that no name can confuse. */
export const CLIENTS: CommandList = [['list-clients', '-F', '#{session_id} #{pane_id} #{client_activity}']]

/** Rows that cannot be read are left out: a client that is just going has no session. */
export function parseClients(text: string): ClientSight[] {
  return text.split('\n').flatMap((row) => {
    const found = /^(\$\d+) (%\d+) (\d+)$/.exec(row)
    if (found === null) return []
    return [{ sessionId: found[1]!, paneId: found[2]!, activeAt: Number(found[3]) * 1000 }]
  })
}
