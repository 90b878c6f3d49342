import { makeBackend } from '../../test/simulator/build.ts'
import type { Tmux } from '../adapters/tmux/types.ts'
import type { BackendSpec, PaneSight, Reading } from '../core/index.ts'
import type { Address, Post } from './courier.ts'
import { checkOutbox, emptyOutbox, type OutboxState } from './outbox.ts'

/** What may go wrong at one step of a delivery. `lost`: tmux gives no answer; the step is done, or is not. */
export const faults = [
  'none',
  'crash-before',
  'crash-after',
  'lost-done',
  'lost-undone',
  'dialog',
  'restart',
] as const
export type Fault = (typeof faults)[number]

/** The process was killed. */
export class Crash extends Error {}

/** A program with a composer, the pane it runs in, a disk with the outbox, and a courier that may be killed at any step. */
export interface Model {
  heard: string[]
  /** Texts that were pasted, whatever became of them. */
  pasted: string[]
  /** Faults that came true. */
  hit: number
  outbox(): OutboxState
  enqueue(change: (box: OutboxState) => OutboxState): void
  post(): Post
  to(): Address
}

export function createModel(plan: readonly Fault[]): Model {
  const left = [...plan]
  let disk = JSON.stringify(emptyOutbox)
  let draft = ''
  let dialog = 0
  let pid = 100
  let now = 1_000_000
  const model: Model = { heard: [], pasted: [], hit: 0, outbox: read, enqueue, post, to }
  const backend: BackendSpec = makeBackend('m', { patterns: { composer: '>' } })

  function read(): OutboxState {
    return checkOutbox(JSON.parse(disk))!
  }

  function enqueue(change: (box: OutboxState) => OutboxState): void {
    disk = JSON.stringify(change(read()))
  }

  function screen(): string {
    const rows = draft.split('\n').map((row, at) => `${at === 0 ? '> ' : '  '}${row}`)
    return dialog > 0
      ? 'Do you want that?'
      : ['it said something', '', ...rows].join('\n').replace(/[ \t]+$/gm, '')
  }

  function cursor(): { column: number; row: number } {
    const rows = draft.split('\n')
    const cells = [...rows.at(-1)!].reduce((sum, one) => sum + (wide.test(one) ? 2 : 1), 0)
    return { row: 1 + rows.length, column: 2 + cells }
  }

  /** Draws the next fault, and does the step with it. */
  function step(act: () => void, kinds: readonly Fault[]): 'done' | 'lost' {
    const fault = left.shift() ?? 'none'
    if (!kinds.includes(fault)) {
      act()
      return 'done'
    }
    model.hit += 1
    if (fault === 'crash-before') throw new Crash()
    if (fault === 'restart') {
      draft = ''
      pid += 1
      return 'done'
    }
    if (fault === 'dialog') {
      dialog = 3
      return 'done'
    }
    if (fault !== 'lost-undone') act()
    if (fault === 'crash-after') throw new Crash()
    return 'lost'
  }

  const crashes: readonly Fault[] = ['crash-before', 'crash-after']
  const losses: readonly Fault[] = [...crashes, 'lost-done', 'lost-undone']
  const answer = (how: 'done' | 'lost') =>
    how === 'done'
      ? { kind: 'done' as const }
      : { kind: 'failed' as const, why: 'no answer', retryable: true, unsure: true }

  function post(): Post {
    let value = read()
    const clock = {
      now: () => ({ mono: now, wall: now }),
      sleep: async (ms: number) => {
        now += ms
        dialog = Math.max(0, dialog - 1)
      },
    } as Post['clock']
    const pane = () =>
      ({ paneId: '%1', sessionId: '$1', panePid: pid, cursor: cursor(), createdAt: 0 }) as PaneSight
    const tmux = {
      clients: async () => ({ kind: 'ok', clients: [] }),
      capture: async () => ({ kind: 'ok', text: new Map([['%1', screen()]]) }),
      scan: async () => ({ kind: 'ok', panes: [pane()], server: undefined }),
      paste: async (_pane: string, text: string) => {
        model.pasted.push(text)
        return answer(
          step(() => {
            draft += text
          }, [...losses, 'dialog', 'restart']),
        )
      },
      key: async () =>
        answer(
          step(() => {
            if (draft.trim() !== '') model.heard.push(draft)
            draft = ''
          }, [...losses, 'restart']),
        ),
    } as unknown as Tmux
    return {
      clock,
      outbox: {
        peek: () => value,
        read: async () => {
          value = read()
          return value
        },
        update: async (change) => {
          step(() => {
            value = change(read())
            disk = JSON.stringify(value)
          }, crashes)
          return value
        },
      },
      report: () => undefined,
      crashPoint: () => void step(() => undefined, crashes),
      typist: {
        tmux,
        clock,
        look: () => ({ state: dialog > 0 ? 'asking' : 'idle', claims: [], rule: '' }) as Reading,
        matches: (source, text) => new RegExp(source).test(text),
        ageOf: async () => now,
      },
    }
  }

  function to(): Address {
    return { agent: 'a', backend, paneId: '%1', panePid: pid, working: false, typingGraceMs: 30_000 }
  }

  return model
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u
