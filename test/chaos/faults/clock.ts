import { kill } from '../box.ts'
import { mortals } from '../fleet.ts'
import type { FaultKind, Scene } from './types.ts'
import { watchdogBack } from './watchdog.ts'

const nobody = () => []
const ahead = ['+90s', '+50m', '+3h', '+2d', '+400d']
const back = ['-90s', '-50m', '-3h', '-2d', '-400d']

/** Moves the wall clock of the watchdog and of every verb, for as long as `body` takes; never that of the agents. */
async function jumped(scene: Scene, by: string, body: () => Promise<void>): Promise<void> {
  scene.box.setClock(by)
  try {
    await body()
  } finally {
    scene.box.setClock('+0')
  }
}

/** Jumps of the wall clock (rows 72 to 74, INV-37). Without libfaketime there are none, and the run says so. */
export const clockFaults: readonly FaultKind[] = [
  {
    name: 'clock: jumps, and back',
    weight: 3,
    tags: ['clock'],
    draw: (random) => ({ word: random.pick([...ahead, ...back]), ms: random.int(300, 5_000) }),
    touches: nobody,
    run: (scene, { word, ms }) => jumped(scene, word, () => scene.sleep(ms)),
  },
  {
    name: 'clock: jumps while an agent is killed',
    weight: 3,
    tags: ['clock', 'agent'],
    draw: (random) => ({ agent: random.pick(mortals), word: random.pick([...ahead, ...back]) }),
    touches: ({ agent }) => [agent],
    run: (scene, { agent, word }) =>
      jumped(scene, word, async () => {
        const main = scene.box.mainOf(agent)
        kill(main?.pid, 'SIGKILL')
        if (main !== undefined) await scene.back('agent killed, clock jumped', agent, main)
      }),
  },
  {
    name: 'clock: jumps while the watchdog is stopped, as in a sleep',
    weight: 2,
    tags: ['clock', 'watchdog'],
    draw: (random) => ({ word: random.pick(ahead), ms: random.int(300, 3_000) }),
    touches: nobody,
    run: async (scene, { word, ms }) => {
      const pid = scene.box.watchdogPid()
      kill(pid, 'SIGSTOP')
      await jumped(scene, word, async () => {
        await scene.sleep(ms)
        kill(pid, 'SIGCONT')
        await scene.sleep(ms)
      })
    },
  },
  {
    name: 'clock: jumps, and the watchdog is killed',
    weight: 2,
    tags: ['clock', 'watchdog'],
    draw: (random) => ({ word: random.pick([...ahead, ...back]), ms: random.int(0, 1_500) }),
    touches: nobody,
    licence: { silence: true },
    run: (scene, { word, ms }) =>
      jumped(scene, word, async () => {
        const old = scene.box.watchdogPid()
        kill(old, 'SIGKILL')
        await watchdogBack(scene, 'watchdog killed, clock jumped', old)
        await scene.sleep(ms)
      }),
  },
]
