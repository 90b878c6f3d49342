import type { Tmux } from '../adapters/tmux/types.ts'

type Looks = Pick<Tmux, 'scan' | 'capture'>
type Captured = Awaited<ReturnType<Tmux['capture']>>

const known = new WeakMap<Tmux, Tmux>()

/**
 * The same tmux, whose looks are shared: while one is under way, all that are asked for are put off and then made as one.
 * So fifty messages that are typed at the same time look as often as one, and none is answered by a look from before it
 * asked.
 */
export function withSharedLooks(tmux: Tmux): Tmux {
  const before = known.get(tmux)
  if (before !== undefined) return before
  const scan = shared<undefined, Awaited<ReturnType<Looks['scan']>>>(() => tmux.scan())
  const capture = shared<readonly string[], Captured>((asked) => tmux.capture([...new Set(asked.flat())]))
  const after = { ...tmux, scan: () => scan(undefined), capture }
  known.set(tmux, after)
  return after
}

/** Calls `look` once for all who asked since it was called last, one call at a time. */
function shared<Ask, Answer>(look: (asked: Ask[]) => Promise<Answer>): (ask: Ask) => Promise<Answer> {
  let running: Promise<unknown> = Promise.resolve()
  let next: { asked: Ask[]; answer: Promise<Answer> } | undefined

  return (ask) => {
    if (next !== undefined) {
      next.asked.push(ask)
      return next.answer
    }
    const asked = [ask]
    const answer = running.then(() => {
      next = undefined
      return look(asked)
    })
    next = { asked, answer }
    running = answer.then(settled, settled)
    return answer
  }
}

const settled = (): void => undefined
