import { describe, expect, it } from 'vitest'
import type { Git } from '../adapters/git/types.ts'
import type { AgentSpec, EventDraft, LoopSpec } from '../core/index.ts'
import type { TipLook } from '../handoff/index.ts'
import { createMemoryStore } from '../handoff/model.fixture.ts'
import { createPhaseMachine, modelOf, type PhaseDeps, promptText, renderKickoff } from './index.ts'
import { makeLoop } from './loop.fixture.ts'
import { readPosition } from './position.ts'

const phase = (id: string, models: Record<string, string> = {}) => ({
  id,
  plan: `plan of ${id}`,
  status: `${id}.md`,
  models,
})

const loop = makeLoop({
  phases: [phase('p1'), phase('p2', { builder: 'big' })],
  kickoffTemplatePath: '/t.md',
})

const agent: AgentSpec = {
  name: 'b',
  session: 'x-b',
  kind: 'loop',
  role: 'builder',
  backend: 'claude',
  model: 'small',
  modelForced: false,
  watch: 'heal',
  enabled: true,
  dir: '/',
  prompt: { kind: 'none' },
  resume: false,
  wake: undefined,
  restart: 'permanent',
  stopGraceMs: 5000,
  onLimit: { kind: 'wait' },
  inbox: 'deliver',
  env: {},
}

const text = (content: string) => ({ kind: 'ok', text: content }) as const

describe('the phase index', () => {
  const record = { index: 1, id: 'b', generation: 4 }
  const ids = ['a', 'b', 'c']
  it.each([
    ['2', 2],
    [' 1\n', 1],
    ['+1', 1],
    ['007', 2],
    ['-1', 0],
    [`${'9'.repeat(300)}`, 2],
    ['3', 2],
  ])('reads %j as %i', (written, index) => {
    expect(readPosition(text(written), undefined, ids).index).toBe(index)
  })
  it('says when it had to clamp, and not when all is plain', () => {
    expect(readPosition(text('-1'), undefined, ids).problem).toContain('says -1')
    expect(readPosition(text('7'), undefined, ids).problem).toContain('there are 3 phases')
    expect(readPosition(text('2'), record, ids).problem).toBe(undefined)
    expect(readPosition({ kind: 'absent' }, undefined, ids)).toEqual({
      index: 0,
      generation: 0,
      problem: undefined,
    })
  })
  it.each(['', ' ', '--1', '\u00b2', '1.5', '0x1', 'two', '1\n2', '\u0661'])(
    'takes %j for no number, and goes by the record',
    (torn) => {
      expect(readPosition(text(torn), record, ids)).toMatchObject({
        index: 1,
        problem: expect.stringContaining('phase b'),
      })
      expect(readPosition(text(torn), undefined, ids)).toMatchObject({
        index: 0,
        problem: expect.stringContaining('first'),
      })
    },
  )
  it('follows the phase by its id when others are put in front of it', () => {
    expect(readPosition(text('1'), record, ['new', 'a', 'b', 'c'])).toMatchObject({
      index: 2,
      problem: undefined,
    })
    expect(readPosition(text('1'), record, ['b', 'c']).index).toBe(0)
  })
  it('lets a number that a person wrote win over the record', () => {
    expect(readPosition(text('0'), record, ['new', 'a', 'b']).index).toBe(0)
  })
  it('keeps the number when the remembered phase is gone', () => {
    expect(readPosition(text('1'), record, ['a', 'renamed', 'c']).index).toBe(1)
    expect(readPosition(text('1'), record, []).index).toBe(0)
  })
})

describe('what an agent is told', () => {
  it('takes the model of the phase for the role, unless the environment forced one', () => {
    expect(modelOf(agent, loop.phases[0])).toBe('small')
    expect(modelOf(agent, loop.phases[1])).toBe('big')
    expect(modelOf({ ...agent, modelForced: true }, loop.phases[1])).toBe('small')
    expect(modelOf({ ...agent, role: undefined }, loop.phases[1])).toBe('small')
    expect(modelOf({ ...agent, role: 'constructor' }, loop.phases[1])).toBe('small')
  })
  it('fills the slots one after the other and leaves the role text as it is', () => {
    const files = { template: '{phase_id}|{plan}|{status}|{role}|{other}|', role: 'I am {role}' }
    const told = renderKickoff({ phase: { ...phase('p1'), plan: '$& {status}' }, agent, files })
    expect(told).toBe('p1|$& p1.md|p1.md|builder|{other}|I am {role}')
    expect(renderKickoff({ phase: undefined, agent, files })).toBe(
      '||||builder|{other}|I am {role}'.replace('||||', '|||'),
    )
  })
  it('says what is missing before anything is started', async () => {
    const files: Record<string, string> = { '/t.md': 'T', '/roles/builder.md': 'R', '/p.md': 'P' }
    const read = async (path: string) => (path in files ? text(files[path]!) : ({ kind: 'absent' } as const))
    const ask = (spec: Partial<AgentSpec>, of: LoopSpec | undefined = loop) =>
      promptText({ ...agent, ...spec }, of, 0, read)
    expect(await ask({})).toEqual({ kind: 'ok', text: 'TR' })
    expect(await ask({ role: 'gone' })).toMatchObject({ why: 'the role prompt /roles/gone.md is missing' })
    expect(await ask({}, { ...loop, kickoffTemplatePath: '/x.md' })).toMatchObject({ kind: 'blocked' })
    expect(await ask({ role: undefined })).toMatchObject({ kind: 'blocked' })
    const task = { kind: 'task' as const }
    expect(await ask({ ...task, prompt: { kind: 'file', path: '/p.md' } })).toEqual({ kind: 'ok', text: 'P' })
    expect(await ask({ ...task, prompt: { kind: 'inline', text: 'I' } })).toEqual({ kind: 'ok', text: 'I' })
    expect(await ask(task)).toEqual({ kind: 'ok', text: '' })
    expect(await ask({ ...task, prompt: { kind: 'file', path: '/gone' } })).toMatchObject({ kind: 'blocked' })
  })
})

function createWorld(more: Partial<PhaseDeps> = {}) {
  const store = createMemoryStore()
  const events: EventDraft[] = []
  const shows: string[] = []
  const pushed = new Map<string, string>()
  const did: string[] = []
  let look: TipLook = { kind: 'tip', hash: 'a'.repeat(40) }
  const setLook = (next: TipLook): void => {
    look = next
  }
  const show: Git['show'] = async (_, commit, path) => {
    shows.push(path)
    return { kind: 'ok', value: pushed.get(`${commit[0]}:${path}`) }
  }
  const machine = createPhaseMachine({
    git: { show },
    store,
    locks: { exclusive: (_, body) => body() },
    clock: { now: () => ({ wall: 0, mono: 0 }), sleep: async () => undefined, bootId: () => 'b' },
    report: (draft) => void events.push(draft),
    loop: () => loop,
    look: () => look,
    stopLoops: async () => did.push('stop') > 0,
    startLoops: async (index) => void did.push(`start ${index}`),
    startAgent: async (name) => void did.push(`run ${name}`),
    alreadyRun: async () => false,
    ...more,
  })
  return { machine, store, events, shows, pushed, did, setLook }
}

describe('DONE', () => {
  it('counts only when it is pushed, and says when it is not', async () => {
    const w = createWorld()
    w.store.files.set('/r/machine-docs/p1.md', '## DONE\n')
    await w.machine.refresh()
    expect(w.machine.seen()!.done).toBe(false)
    expect(w.machine.view().why).toContain('machine-docs/p1.md of the working tree but is not pushed')
    w.pushed.set('b:p1.md', '## DONE\n')
    w.setLook({ kind: 'tip', hash: 'b'.repeat(40) })
    await w.machine.refresh()
    expect(w.machine.seen()!.done).toBe(true)
    expect(w.machine.view().why).toContain('p1.md at bbbbbbb')
  })
  it('is read from the working tree only where nothing can be pushed', async () => {
    const w = createWorld()
    w.store.files.set('/r/p1.md', '## DONE\n')
    w.setLook({ kind: 'unknown', why: 'the remote is down' })
    await w.machine.refresh()
    expect(w.machine.view()).toMatchObject({ done: false, why: 'not known: the remote is down' })
    w.setLook({ kind: 'nothing', why: '/r is not a git repository' })
    await w.machine.refresh()
    expect(w.machine.view()).toMatchObject({
      done: true,
      why: expect.stringContaining('in the working tree'),
    })
  })
  it('asks git again only for another commit', async () => {
    const w = createWorld()
    for (let n = 0; n < 5; n += 1) await w.machine.refresh()
    expect(w.shows).toEqual(['machine-docs/p1.md', 'p1.md'])
  })
})

describe('moving the phase', () => {
  it('stops, writes, clears, starts, in this order', async () => {
    const w = createWorld()
    w.store.files.set(loop.completionPath, 'x')
    await w.machine.refresh()
    await w.machine.advance(0, 1, 'p1 is done')
    expect(w.did).toEqual(['stop', 'start 1'])
    expect(w.store.files.get(loop.stateFilePath)).toBe('1')
    expect(w.machine.seen()).toMatchObject({ index: 1, complete: false, moving: false })
    expect(w.events.map((event) => event.kind)).toEqual(['phase'])
  })
  it('waits until the loops are gone, and outlives a disk that refuses', async () => {
    let asked = 0
    const stopLoops = async () => {
      asked += 1
      return asked > 2
    }
    const w = createWorld({ stopLoops })
    const { saveText } = w.store
    let refusals = 0
    w.store.saveText = async (...args) => {
      refusals += 1
      if (refusals < 3) throw new Error('no space left')
      return saveText(...args)
    }
    await w.machine.advance(0, 1, 'done')
    expect([asked, refusals]).toEqual([3, 3])
    expect(w.events.filter((event) => event.because?.includes('no space left'))).toHaveLength(2)
  })
  it('gives way to somebody who set the phase meanwhile', async () => {
    const w = createWorld()
    await w.machine.advance(1, 2, 'late')
    expect(w.did).toEqual([])
    expect(w.events[0]).toMatchObject({ kind: 'refused' })
    expect(w.machine.seen()!.moving).toBe(false)
  })
  it('by hand is compare-and-set, clears the completion marker and moves running loops', async () => {
    let up = false
    const w = createWorld({ loopsUp: async () => up })
    w.store.files.set(loop.completionPath, 'x')
    await expect(w.machine.set(1, 0, 'me')).rejects.toMatchObject({ code: 'PHASE_MOVED' })
    await expect(w.machine.set(0, 7, 'me')).rejects.toMatchObject({ code: 'PHASE_RANGE' })
    await expect(w.machine.set(0, -1, 'me')).rejects.toMatchObject({ code: 'PHASE_RANGE' })
    expect(await w.machine.set(0, 1, 'me')).toMatchObject({ index: 1, complete: false })
    expect(w.did).toEqual([])
    up = true
    expect(await w.machine.set(1, 0, 'me')).toMatchObject({ index: 0 })
    expect(w.did).toEqual(['stop', 'start 0'])
    const none = createWorld({ loop: () => ({ ...loop, phases: [] }) })
    await expect(none.machine.set(0, 0, 'me')).rejects.toMatchObject({ code: 'PHASE_NONE' })
    expect(none.machine.seen()).toBe(undefined)
  })
  it('by hand is one at a time: of two that expect the same phase one moves it', async () => {
    const w = createWorld({ loopsUp: async () => true })
    const both = await Promise.allSettled([w.machine.set(0, 1, 'me'), w.machine.set(0, 1, 'you')])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(both[1]).toMatchObject({ reason: { code: 'PHASE_MOVING' } })
    expect(await w.machine.set(1, 0, 'you')).toMatchObject({ index: 0 })
  })
  it('completes once', async () => {
    const w = createWorld()
    await w.machine.complete('all done')
    await w.machine.complete('all done')
    expect(w.did).toEqual(['stop'])
    expect(w.machine.seen()!.complete).toBe(true)
    expect(w.events.map((event) => event.kind)).toEqual(['sequence-complete'])
  })
})
