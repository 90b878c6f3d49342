import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createLocks } from '../../../src/adapters/files/locks.ts'
import { createStateStore } from '../../../src/adapters/files/state-store.ts'
import { createGit } from '../../../src/adapters/git/index.ts'
import type { LoopSpec } from '../../../src/core/index.ts'
import { lookAtTip, type TipLook } from '../../../src/handoff/index.ts'
import { createPhaseMachine } from '../../../src/phases/index.ts'
import { test } from '../../support/repo.ts'

test('a phase moves by a pushed DONE only, on real files and git, and a torn index file is no phase 0', async ({
  repo,
}) => {
  const log = join(repo.root, 'log')
  const state = join(log, 'state')
  await mkdir(log, { mode: 0o700 })
  const loop: LoopSpec = {
    phases: ['p1', 'p2'].map((id) => ({ id, plan: '', status: `STATUS-${id}.md`, models: {} })),
    kickoffTemplatePath: undefined,
    rolesDir: repo.root,
    stateFilePath: join(state, 'phase-idx'),
    resumePhase: undefined,
    doneMarker: '## DONE',
    autoAdvance: true,
    handoff: {
      enabled: true,
      repo: repo.work.dir,
      stateSubdir: 'machine-docs',
      remote: 'origin',
      branch: undefined,
      routes: [],
      inboxes: [],
    },
    onComplete: { run: 'reporter', triggerPath: join(log, '.run-on-complete') },
    completionPath: join(log, 'SEQUENCE-COMPLETE'),
  }
  const git = createGit({ env: repo.env })
  const did: string[] = []
  let look: TipLook = { kind: 'unknown', why: 'not yet' }
  const open = () =>
    createPhaseMachine({
      git,
      store: createStateStore(state),
      locks: createLocks(),
      clock: { now: () => ({ wall: Date.now(), mono: 0 }), sleep: async () => undefined, bootId: () => 'b' },
      report: (draft) => void did.push(draft.kind),
      loop: () => loop,
      look: () => look,
      stopLoops: async () => did.push('stop') > 0,
      startLoops: async (index) => void did.push(`start ${index}`),
      startAgent: async (name) => void did.push(`run ${name}`),
      alreadyRun: async () => false,
    })
  const machine = open()
  const at = async () => {
    look = await lookAtTip(git, loop.handoff)
    await machine.refresh()
    return machine.view()
  }
  const builder = await repo.clone('b')
  await repo.work.write('machine-docs/STATUS-p1.md', '## DONE\nall pass\n')
  expect(await at()).toMatchObject({ index: 0, done: false, why: expect.stringContaining('not pushed') })
  await builder.commit('template', { 'machine-docs/STATUS-p1.md': '## DONE\n_not yet_\n' })
  await builder.push('origin', 'main')
  expect((await at()).done).toBe(false)
  await builder.commit('done', { 'machine-docs/STATUS-p1.md': '## DONE\nall pass\n' })
  await builder.push('origin', 'main')
  expect((await at()).done).toBe(true)
  await machine.advance(0, 1, 'p1 is done')
  expect(await readFile(loop.stateFilePath, 'utf8')).toBe('1')
  expect(await at()).toMatchObject({
    index: 1,
    done: false,
    why: expect.stringContaining('STATUS-p2.md is not on'),
  })
  await writeFile(loop.stateFilePath, '')
  expect(await at()).toMatchObject({ index: 1, why: expect.stringContaining('as remembered') })
  await writeFile(loop.onComplete!.triggerPath, '')
  await machine.complete('p2 is done')
  await open().resume()
  expect(did.filter((one) => one.startsWith('run'))).toEqual(['run reporter'])
  expect(await readFile(loop.completionPath, 'utf8')).toContain('sequence complete')
  await git.close()
})
