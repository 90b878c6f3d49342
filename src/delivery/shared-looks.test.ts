import { expect, test } from 'vitest'
import type { Tmux } from '../adapters/tmux/types.ts'
import { withSharedLooks } from './shared-looks.ts'

test('what is asked for while a look is under way is one look, made after it was asked for', async () => {
  const looks: string[][] = []
  const free: (() => void)[] = []
  const tmux = {
    capture: (ids: string[]) =>
      new Promise((resolve) => {
        looks.push(ids)
        free.push(() => resolve({ kind: 'ok', text: new Map(ids.map((id) => [id, `look ${looks.length}`])) }))
      }),
  } as unknown as Tmux
  const shared = withSharedLooks(tmux)
  expect(withSharedLooks(tmux)).toBe(shared)
  const first = shared.capture(['%1'])
  await Promise.resolve()
  const later = [shared.capture(['%2']), shared.capture(['%3']), shared.capture(['%2'])]
  await Promise.resolve()
  expect(looks).toEqual([['%1']])
  free[0]!()
  await first
  await Promise.resolve()
  await Promise.resolve()
  expect(looks).toEqual([['%1'], ['%2', '%3']])
  free[1]!()
  const answers = await Promise.all(later)
  expect(answers.map((answer) => answer.kind === 'ok' && answer.text.get('%2'))).toEqual(
    Array(3).fill('look 2'),
  )
})
