import type { ExitCode } from '../../core/errors.ts'
import { findAgent } from '../../town/agents/agents.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { speakerOf, whoSpeaks } from '../speaker.ts'
import { type Desk, misused, onBehalf } from '../town/inbox-desk.ts'
import { ack, dead, nack, take } from '../town/inbox-settle.ts'
import { show, showAll } from '../town/inbox-show.ts'
import { leaveWord } from '../town/leave-word.ts'
import type { Command } from '../types.ts'
import { withTown } from '../with-town.ts'

type Act = (desk: Desk, words: string[]) => Promise<ExitCode>

const ACTS: Readonly<Record<string, Act>> = { take, ack, nack, dead }

export const command: Command = async (call, deps) => {
  const [word = '', ...words] = call.args
  if (word === 'ack' || word === 'nack') {
    const { reason } = call.options
    const text = typeof reason === 'string' ? { text: reason } : {}
    const left = await leaveWord(call, deps, { verb: word, ids: words, ...text })
    if (left !== undefined) return left
  }
  const act = Object.hasOwn(ACTS, word) ? ACTS[word] : undefined
  if (act === undefined && words.length > 0) throw misused(call.args)
  return withTown(call, deps, async (open) => {
    const speaker = await speakerOf(await deps.reportDoor(), open.fleet, deps.env)
    const me = await whoSpeaks(open.town, open.fleet, speaker, deps.env)
    const desk: Desk = { ...open, call, deps, me, byPeople: me.id === SUPERVISOR }
    if (act !== undefined) return act(await onBehalf(desk), words)
    if (call.options.all === true) return showAll(desk)
    return show(desk, word === '' ? me : await findAgent(open.town, word), [
      'urgent',
      'inbox',
      'claimed',
      'dead',
    ])
  })
}
