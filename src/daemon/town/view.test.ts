import { describe, expect, test } from 'vitest'
import { type AgentView, steadyView } from './view.ts'

const view = (reading: AgentView['reading'], life: AgentView['life'] = 'up'): AgentView => ({
  life,
  reading,
  failClass: reading === 'failing' ? 'auth' : undefined,
  paused: false,
  run: 'one',
})

describe('a failure is told when it stands', () => {
  test('not at the first look, but two seconds later', () => {
    const memory = {}
    expect(steadyView(view('failing'), memory, 0).life).toBe('unknown')
    expect(steadyView(view('failing'), memory, 1_900).life).toBe('unknown')
    expect(steadyView(view('failing'), memory, 2_000)).toMatchObject({
      reading: 'failing',
      failClass: 'auth',
    })
  })

  test('one that passes begins anew', () => {
    const memory = {}
    steadyView(view('shell'), memory, 0)
    expect(steadyView(view('idle'), memory, 1_000)).toEqual(view('idle'))
    expect(steadyView(view('shell'), memory, 2_500).life).toBe('unknown')
  })

  test('what the watchdog has decided is told at once', () => {
    expect(steadyView(view('failing', 'parked'), {}, 0).life).not.toBe('unknown')
    expect(steadyView(view('failing', 'held'), {}, 0).life).not.toBe('unknown')
  })
})
