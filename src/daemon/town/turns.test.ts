import { describe, expect, test } from 'vitest'
import type { ReadingState } from '../../core/index.ts'
import type { Observation } from '../../watchdog/types.ts'
import { createTurns } from './turns.ts'

type Look = ReadingState | 'dead' | 'unseen' | { state: ReadingState; run: string; failClass?: string }

const seen = (look: Look): Observation => {
  const alive = typeof look === 'object' ? look : { state: look, run: 'one' }
  const sighting =
    look === 'dead'
      ? { kind: 'dead' }
      : look === 'unseen'
        ? { kind: 'unknown', why: 'tmux' }
        : { kind: 'alive', pane: { tag: { run: alive.run } }, reading: { ...alive } }
  return { agents: [{ spec: { name: 'a' }, sighting }] } as unknown as Observation
}

function play(...looks: Look[]): string[] {
  const ended: string[] = []
  const turns = createTurns(({ how }) => ended.push(how))
  for (const look of looks) turns.seen(seen(look))
  return ended
}

describe('turns', () => {
  test.each<[name: string, looks: Look[], ended: string[]]>([
    ['one that rests has none', ['idle', 'idle'], []],
    ['from work to rest is one', ['idle', 'working', 'working', 'idle', 'idle'], ['completed']],
    ['two of them', ['working', 'idle', 'working', 'waiting'], ['completed', 'completed']],
    ['a dialog in between is part of it', ['working', 'asking', 'working', 'idle'], ['completed']],
    ['a failed look ends none', ['working', 'unseen', 'working', 'idle'], ['completed']],
    [
      'one that ends in a failure',
      ['working', { state: 'failing', run: 'one', failClass: 'auth' }],
      ['failed'],
    ],
    ['a death is no end of a turn', ['working', 'dead', { state: 'idle', run: 'two' }], []],
    ['nor is another run', ['working', { state: 'idle', run: 'two' }], []],
  ])('%s', (_, looks, ended) => {
    expect(play(...looks)).toEqual(ended)
  })
})
