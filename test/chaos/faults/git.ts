import { appendFileSync, chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { phaseCount } from '../fleet.ts'
import { bound, type FaultKind, type Params, type Scene } from './types.ts'

const nobody = () => []
const loops = () => ['builder', 'adversary']

/** The current phase; a fault may have left an index file that says nothing: then the one that was seen last. */
export function phaseNow(scene: Scene): number {
  if (!existsSync(scene.box.path('logs/state/phase-idx'))) return 0
  const written = Number.parseInt(scene.box.read('logs/state/phase-idx'), 10)
  if (!Number.isNaN(written)) return written
  const last = scene.history.entries.findLast((entry) => entry.kind === 'index')
  return last?.kind === 'index' ? last.value : 0
}

/** Pushes `count` claims or reviews in one go; each must reach its agent. */
export function pushCommits(scene: Scene, params: Pick<Params, 'count' | 'part'>): void {
  const { box, history, notes } = scene
  const sort = params.part < 0.5 ? 'claim' : 'review'
  const to = sort === 'claim' ? 'adversary' : 'builder'
  const hashes: string[] = []
  for (let n = 0; n < params.count; n += 1) {
    notes.pushed += 1
    appendFileSync(box.path('pusher/work'), `${notes.pushed}\n`)
    box.git('pusher', 'add', '-A')
    box.git('pusher', 'commit', '-q', '-m', `${sort}: gate ${notes.pushed}`)
    hashes.push(box.git('pusher', 'rev-parse', 'HEAD'))
  }
  // Before the push: the ping may be faster than its record here.
  for (const hash of hashes) history.add({ kind: 'push', hash, to, replaces: undefined, sure: true })
  box.git('pusher', 'push', '-q', 'origin', 'HEAD:main')
  notes.last = { hash: hashes.at(-1)!, to }
}

function pushFile(scene: Scene, file: string, text: string, subject: string): void {
  const { box } = scene
  mkdirSync(box.path('pusher/machine-docs'), { recursive: true })
  writeFileSync(box.path('pusher', file), text)
  box.git('pusher', 'add', '-A')
  if (box.git('pusher', 'status', '--porcelain') === '') return
  box.git('pusher', 'commit', '-q', '-m', subject)
  box.git('pusher', 'push', '-q', 'origin', 'HEAD:main')
}

export function pushDone(scene: Scene, index: number): void {
  scene.history.add({ kind: 'index-may', to: index + 1, back: false })
  const text = '# Status\n\n## DONE\n\nAll gates are verified.\n'
  pushFile(scene, `machine-docs/STATUS-${index}.md`, text, `done: phase ${index}`)
}

/** Waits for the ping of the last push, for the report; whether it came at all is judged at the end of the run. */
async function pinged(scene: Scene, sort: string): Promise<void> {
  const last = scene.notes.last
  if (last === undefined) return
  const from = Date.now()
  const heard = () =>
    scene.history.entries
      .slice(-3_000)
      .some(
        (entry) =>
          entry.kind === 'said' && entry.agent === last.to && entry.text.includes(last.hash.slice(0, 7)),
      )
  const tookMs = await scene.within(bound.ping, heard)
  if (tookMs !== undefined) {
    scene.history.add({
      kind: 'due',
      what: 'ping',
      inv: 'INV-27',
      sort,
      boundMs: bound.ping,
      tookMs: Date.now() - from,
    })
  }
}

export const gitFaults: readonly FaultKind[] = [
  {
    name: 'git: claims or reviews pushed',
    weight: 8,
    tags: ['git'],
    draw: (random) => ({ count: random.int(1, 3), part: random.next() }),
    touches: nobody,
    run: async (scene, params) => {
      pushCommits(scene, params)
      await pinged(scene, 'push to ping')
    },
  },
  {
    name: 'git: last commit amended, pushed by force',
    weight: 3,
    tags: ['git'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      const { box, notes, history } = scene
      const head = box.git('pusher', 'rev-parse', 'HEAD')
      if (notes.last?.hash !== head) {
        notes.missed += 1
        return
      }
      appendFileSync(box.path('pusher/work'), 'amended\n')
      box.git('pusher', 'add', '-A')
      box.git('pusher', 'commit', '-q', '--amend', '--no-edit')
      const hash = box.git('pusher', 'rev-parse', 'HEAD')
      history.add({ kind: 'push', hash, to: notes.last.to, replaces: head, sure: false })
      box.git('pusher', 'push', '-q', '--force', 'origin', 'HEAD:main')
      notes.last = { hash, to: notes.last.to }
      await scene.sleep(300)
    },
  },
  {
    name: 'git: placeholder DONE pushed',
    weight: 2,
    tags: ['git', 'phase'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      const index = phaseNow(scene)
      const text = '# Status\n\n```\n## DONE\n```\n\n## DONE\n\nTBD\n'
      pushFile(scene, `machine-docs/STATUS-${index}.md`, text, 'docs: template')
      await scene.sleep(1_500)
      if (phaseNow(scene) !== index) scene.wrong('row 90', `a placeholder moved the phase from ${index}`)
    },
  },
  {
    name: 'git: DONE pushed',
    weight: 4,
    tags: ['git', 'phase', 'verb', 'state', 'agent:builder', 'agent:adversary'],
    draw: () => ({}),
    touches: loops,
    run: async (scene) => {
      const index = phaseNow(scene)
      if (index >= phaseCount - 2) return
      pushDone(scene, index)
      await scene.due(
        'push of DONE to next phase',
        'INV-24',
        bound.fleet,
        `phase ${index} is over`,
        () => phaseNow(scene) > index,
      )
      await scene.sleep(300)
    },
  },
  {
    name: 'git: remote away and back',
    weight: 3,
    tags: ['git'],
    draw: (random) => ({ ms: random.int(300, 3_000), count: 1, part: random.next() }),
    touches: nobody,
    run: async (scene, params) => {
      const { box } = scene
      renameSync(box.path('origin.git'), box.path('away.git'))
      await scene.sleep(params.ms)
      renameSync(box.path('away.git'), box.path('origin.git'))
      pushCommits(scene, params)
      await pinged(scene, 'push after remote trouble to ping')
    },
  },
  {
    name: 'git: fetch hangs',
    weight: 2,
    tags: ['git'],
    draw: (random) => ({ ms: random.int(1_000, 6_000), count: 1, part: random.next() }),
    touches: nobody,
    run: async (scene, params) => {
      const { box } = scene
      const slow = box.path('slow-upload-pack')
      if (!existsSync(slow)) {
        writeFileSync(slow, '#!/bin/sh\nsleep 30\nexec git-upload-pack "$@"\n')
        chmodSync(slow, 0o755)
      }
      box.git('repo', 'config', 'remote.origin.uploadpack', slow)
      pushCommits(scene, params)
      await scene.sleep(params.ms)
      box.git('repo', 'config', '--unset', 'remote.origin.uploadpack')
      await pinged(scene, 'push after remote trouble to ping')
    },
  },
  {
    name: 'git: stale index.lock',
    weight: 2,
    tags: ['git'],
    draw: (random) => ({ count: 1, part: random.next() }),
    touches: nobody,
    run: async (scene, params) => {
      const lock = scene.box.path('repo/.git/index.lock')
      writeFileSync(lock, '')
      pushCommits(scene, params)
      await pinged(scene, 'push to ping')
      if (!existsSync(lock)) scene.wrong('row 87', 'a stale index.lock was removed by the supervisor')
      rmSync(lock, { force: true })
    },
  },
]
