import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import type { SeenTown } from '../../daemon/town/towns.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'

export const command: Command = async (call, deps) => {
  const { towns, notes } = await deps.seeTowns()
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, towns, notes }))
  else await deps.io.out(text(towns, notes))
  return Exit.done
}

function text(towns: readonly SeenTown[], notes: readonly string[]): string {
  const rows = towns.map((town) => [town.name, wordsOf(town), town.path].map((one) => cell(visible(one))))
  const lines = columnsOf(rows, undefined)
  const said =
    lines.length === 0 ? [' no town is known on this machine; agents town init makes one known'] : lines
  return `${[...said, ...notes.map((note) => visible(note))].join('\n')}\n`
}

function wordsOf({ state, agents, why }: SeenTown): string {
  if (state === 'up') return `${agents} ${agents === 1 ? 'agent' : 'agents'}`
  return state === 'away' ? `not reachable: ${why}` : (why ?? 'gone')
}
