import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { kill } from '../box.ts'
import { bound, type FaultKind, type Params, type Scene } from './types.ts'
import { watchdogBack } from './watchdog.ts'

const silence = { silence: true }
const draw: FaultKind['draw'] = (random) => ({
  part: random.next(),
  count: random.int(0, 1_000_000),
  word: random.pick([
    'memory.json',
    'intent.json',
    'outbox.json',
    'handoff',
    'phase.json',
    'phase-idx',
    'tmux.json',
    'limited-c-limited.json',
  ]),
  ms: random.chance(0.6) ? 1 : 0,
})

/** The record's file: hand-off cursors have a hash in their name. */
function fileOf(scene: Scene, word: string): string | undefined {
  const folder = scene.box.path('logs/state')
  if (!existsSync(folder)) return undefined
  const name = word === 'handoff' ? readdirSync(folder).find((one) => /^handoff-[0-9a-f]+$/.test(one)) : word
  const path = name === undefined ? undefined : join(folder, name)
  return path !== undefined && existsSync(path) && statSync(path).isFile() ? path : undefined
}

/** What is written there counts from now on; what depended on what is gone cannot be claimed. */
function forget(scene: Scene, word: string): void {
  if (word === 'outbox.json' || word === 'handoff' || word === 'all')
    scene.history.add({ kind: 'forget', what: 'pings' })
  if (word === 'memory.json' || word === 'all') scene.history.add({ kind: 'forget', what: 'strikes' })
}

/** The watchdog reads its records when it starts: half of the time it has to, at once. */
async function reread(scene: Scene, params: Params): Promise<void> {
  // Intents are mended by a watchdog that runs, within its tick. One that starts anew has only the generation before,
  // in which an agent may still be wanted down.
  if (params.word === 'intent.json' && params.agent === '') return scene.sleep(1_500)
  if (params.ms === 0) return scene.sleep(200)
  const old = scene.box.watchdogPid()
  kill(old, 'SIGKILL')
  await watchdogBack(scene, 'watchdog killed, state damaged', old)
}

function damage(name: string, weight: number, harm: (path: string, params: Params) => void): FaultKind {
  return {
    name: `state: ${name}`,
    weight,
    tags: ['state', 'watchdog', 'verb', 'git', 'phase', 'agent:crasher'],
    draw,
    touches: () => [],
    licence: silence,
    run: async (scene, params) => {
      const path = fileOf(scene, params.word)
      if (path === undefined) {
        scene.notes.missed += 1
        return
      }
      forget(scene, params.word)
      harm(path, params)
      scene.notes.damaged.set(basename(path), scene.box.read(`logs/state/${basename(path)}`))
      await reread(scene, params)
    },
  }
}

export const stateFaults: readonly FaultKind[] = [
  damage('a byte flipped', 4, (path, { part, count }) => {
    const bytes = readFileSync(path)
    if (bytes.length === 0) return
    const at = Math.floor(part * bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 + (count % 255))
    // The index file is the Python driver's: a bare number without a checksum. A flipped digit is another number.
    writeFileSync(path, path.endsWith('phase-idx') ? 'x' : bytes)
  }),
  damage('cut off', 4, (path, { part }) =>
    truncateSync(path, path.endsWith('phase-idx') ? 0 : Math.floor(part * statSync(path).size)),
  ),
  damage('removed', 3, (path) => {
    if (!path.endsWith('phase-idx')) rmSync(path, { force: true })
  }),
  damage('wide open (chmod 666)', 2, (path) => chmodSync(path, 0o666)),
  {
    name: 'state: folder removed',
    weight: 2,
    tags: ['alone'],
    draw,
    touches: () => ['builder', 'adversary'],
    licence: silence,
    run: async (scene, params) => {
      forget(scene, 'all')
      // Without its folder the fleet is at its first phase again.
      scene.history.add({ kind: 'index-may', to: 0, back: true })
      const index = scene.box.read('logs/state/phase-idx')
      // At one stroke: the watchdog writes into it meanwhile.
      renameSync(scene.box.path('logs/state'), scene.box.path(`removed-${Date.now()}`))
      await reread(scene, params)
      await scene.due(
        'state folder made again',
        'row 67',
        bound.config,
        'the state folder is there again',
        () => existsSync(scene.box.path('logs/state')),
      )
      if (index !== '') await setPhase(scene, index)
    },
  },
  {
    name: 'state: event log removed',
    weight: 2,
    tags: ['alone'],
    draw,
    touches: () => [],
    licence: silence,
    run: async (scene) => {
      scene.sampler.look()
      scene.history.add({ kind: 'forget', what: 'events' })
      rmSync(scene.box.path('logs/events.jsonl'), { force: true })
      await scene.sleep(300)
    },
  },
  {
    name: 'state: session logs removed',
    weight: 2,
    tags: ['logs'],
    draw,
    touches: () => [],
    run: async (scene) => {
      for (const name of readdirSync(scene.box.path('logs'))) {
        if (name.startsWith('c-') && name.endsWith('.log'))
          rmSync(scene.box.path('logs', name), { force: true })
      }
    },
  },
]

async function setPhase(scene: Scene, index: string): Promise<void> {
  const to = Number.parseInt(index, 10)
  for (let at = 0; at <= to + 1; at += 1) scene.history.add({ kind: 'index-may', to: at, back: true })
  await scene.due('phase set', 'INV-24', 30_000, 'the phase can be set', async () => {
    const run = await scene.box.agents(['phase', 'set', `${to}`])
    return run.code === 0 || run.out.includes('already')
  })
}
