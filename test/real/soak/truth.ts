import type { Mode, StubApi } from '../stub/api.ts'

/** What an agent may read at an instant, as the stand-in API knows it. */
export type Truth = readonly string[]

/**
 * A streaming (or withheld) answer is `working`. After one: `idle`, but a refused tool call asks, a refused account is
 * limited, and an overloaded API makes a CLI retry (`working`) or give up (`failing`, `idle`), which only it knows.
 * `left`: a person has answered the dialog of the last turn; `lifted`: the limit is over, and nothing was asked since.
 */
export function truthOf(api: StubApi, said: { left: boolean; lifted: boolean }): Truth {
  if (api.busy()) return ['working']
  const last = api.turns().at(-1)
  return afterTurn(last?.mode, said)
}

function afterTurn(mode: Mode | undefined, said: { left: boolean; lifted: boolean }): Truth {
  if (mode === 'tool') return said.left ? ['idle'] : ['asking']
  if (mode === 'limit') return said.lifted ? ['limited', 'idle', 'working'] : ['limited']
  if (mode === 'overload') return ['working', 'failing', 'idle']
  return ['idle']
}
