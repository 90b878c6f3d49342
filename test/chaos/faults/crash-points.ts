import { kill } from '../box.ts'
import { mortals } from '../fleet.ts'
import { phaseNow, pushCommits, pushDone } from './git.ts'
import type { FaultKind, Params, Scene } from './types.ts'
import { watchdogBack } from './watchdog.ts'

/** Every step at which the program can be told to die (grep for `crashPoint(`), and what makes it come there. */
export const crashPoints: readonly { name: string; needs: 'death' | 'claim' | 'done' }[] = [
  { name: 'start.kickoff-written', needs: 'death' },
  { name: 'start.reaped', needs: 'death' },
  { name: 'start.session-created', needs: 'death' },
  { name: 'start.recorded', needs: 'death' },
  { name: 'delivery.queued', needs: 'claim' },
  { name: 'delivery.staged', needs: 'claim' },
  { name: 'delivery.stood', needs: 'claim' },
  { name: 'delivery.typed', needs: 'claim' },
  { name: 'delivery.recorded', needs: 'claim' },
  { name: 'handoff-fetched', needs: 'claim' },
  { name: 'handoff-pending', needs: 'claim' },
  { name: 'handoff-emitted', needs: 'claim' },
  { name: 'handoff-saved', needs: 'claim' },
  { name: 'phase-journal', needs: 'done' },
  { name: 'phase-stop-loops', needs: 'done' },
  { name: 'phase-write-index', needs: 'done' },
  { name: 'phase-index-written', needs: 'done' },
  { name: 'phase-start-loops', needs: 'done' },
]

/** A watchdog in the foreground dies at a named step; the usual one goes on where it was. */
async function crashAt(scene: Scene, params: Params): Promise<void> {
  const { box } = scene
  const point = crashPoints.find((one) => one.name === params.word)!
  await scene.verb('down', 'watchdog')
  const doomed = box.begin(['watchdog'], { AGENTS_CRASH_AT: point.name })
  let code: number | undefined
  doomed.ended.then((run) => {
    code = run.code
  })
  await scene.sleep(1_200)
  const before = box.mainOf(params.agent)
  const index = phaseNow(scene)
  if (point.needs === 'death') kill(before?.pid, 'SIGKILL')
  if (point.needs === 'claim') pushCommits(scene, { ...params, count: 1 })
  if (point.needs === 'done') pushDone(scene, index)
  await scene.within(6_000, () => code !== undefined)
  if (code === undefined) {
    scene.notes.missed += 1
    kill(doomed.pid, 'SIGTERM')
    await scene.within(5_000, () => code !== undefined)
  }
  scene.sampler.look()
  await scene.verb('up', 'watchdog')
  await watchdogBack(scene, 'crash point, up', doomed.pid)
  if (point.needs === 'death' && before !== undefined)
    await scene.back('agent after a crash point', params.agent, before)
  if (point.needs === 'done') {
    await scene.due(
      'phase after a crash point',
      'INV-24',
      30_000,
      `phase ${index} is over`,
      () => phaseNow(scene) > index,
    )
  }
}

export const crashFaults: readonly FaultKind[] = [
  {
    name: 'watchdog: dies at a named step',
    weight: 4,
    tags: ['alone'],
    draw: (random) => ({
      agent: random.pick(mortals.filter((name) => name !== 'builder' && name !== 'adversary')),
      word: random.pick(crashPoints).name,
      part: random.next(),
    }),
    touches: ({ agent }) => [agent, 'builder', 'adversary'],
    licence: { silence: true },
    run: crashAt,
  },
]
