import { rmSync, writeFileSync } from 'node:fs'
import { isMain, kill } from '../box.ts'
import { members, mortals } from '../fleet.ts'
import { lives } from '../proc-scan.ts'
import { bound, type FaultKind, type Params, type Scene } from './types.ts'

const one = (params: Params) => [params.agent]
const mortal: FaultKind['draw'] = (random) => ({ agent: random.pick(mortals) })
const modeOf = (agent: string) => members.find((member) => member.name === agent)?.mode

/** Sends a signal to the agent's main process; false when there is none (another fault was faster). */
function hit(scene: Scene, agent: string, signal: NodeJS.Signals) {
  const main = scene.box.mainOf(agent)
  if (main === undefined || !kill(main.pid, signal)) {
    scene.notes.missed += 1
    return undefined
  }
  return main
}

async function hitAndBack(scene: Scene, agent: string, signal: NodeJS.Signals): Promise<void> {
  const old = hit(scene, agent, signal)
  if (old !== undefined) await scene.back('agent killed', agent, old)
}

async function order(scene: Scene, agent: string, text: string): Promise<void> {
  writeFileSync(scene.box.path('orders', agent), text)
  hit(scene, agent, 'SIGUSR2')
  await scene.sleep(50)
}

export const agentFaults: readonly FaultKind[] = [
  {
    name: 'agent: SIGKILL',
    weight: 14,
    tags: ['agent'],
    draw: mortal,
    touches: one,
    run: (scene, { agent }) => hitAndBack(scene, agent, 'SIGKILL'),
  },
  {
    name: 'agent: SIGTERM',
    weight: 5,
    tags: ['agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      if (modeOf(agent) === 'stubborn') hit(scene, agent, 'SIGTERM')
      else await hitAndBack(scene, agent, 'SIGTERM')
    },
  },
  {
    name: 'agent: exits by itself',
    weight: 5,
    tags: ['agent'],
    draw: (random) => ({ agent: random.pick(mortals), word: random.pick(['0', '1', '3']) }),
    touches: one,
    run: async (scene, { agent, word }) => {
      const old = scene.box.mainOf(agent)
      await order(scene, agent, `exit ${word}`)
      if (old !== undefined) await scene.back('agent exited', agent, old)
    },
  },
  {
    name: 'agent: its children killed',
    weight: 3,
    tags: ['agent:beta'],
    draw: () => ({ agent: 'beta' }),
    touches: () => [],
    run: async (scene) => {
      for (const seen of scene.box.scan()) {
        if (seen.agent === 'beta' && !isMain(seen) && !seen.argv.includes('-c')) kill(seen.pid, 'SIGKILL')
      }
    },
  },
  {
    name: 'agent: whole tree killed',
    weight: 4,
    tags: ['agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      const old = scene.box.mainOf(agent)
      for (const seen of scene.box.scan()) if (seen.agent === agent) kill(seen.pid, 'SIGKILL')
      if (old !== undefined) await scene.back('agent killed', agent, old)
    },
  },
  {
    name: 'agent: SIGSTOP, SIGCONT',
    weight: 4,
    tags: ['agent'],
    draw: (random) => ({
      agent: random.pick(mortals.filter((name) => name !== 'delta')),
      ms: random.int(200, 2_500),
    }),
    touches: () => [],
    run: async (scene, { agent, ms }) => {
      const main = hit(scene, agent, 'SIGSTOP')
      await scene.sleep(ms)
      if (main !== undefined && lives(main.pid, main.start)) kill(main.pid, 'SIGCONT')
    },
  },
  {
    // tmux continues a stopped pane process at once (server_child_stopped): the program itself has to hang.
    name: 'agent: hangs, alive and silent',
    weight: 0.7,
    tags: ['agent:delta'],
    draw: () => ({ agent: 'delta' }),
    touches: one,
    licence: { kills: true },
    run: async (scene, { agent }) => {
      const old = scene.box.mainOf(agent)
      await order(scene, agent, 'hang')
      if (old !== undefined) await scene.back('agent hung', agent, old, bound.hung)
    },
  },
  {
    name: 'agent: dies and leaves a setsid child',
    weight: 4,
    tags: ['agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      await order(scene, agent, 'setsid')
      await hitAndBack(scene, agent, 'SIGKILL')
    },
  },
  {
    name: 'agent: several killed at once',
    weight: 3,
    tags: ['agents'],
    draw: (random) => ({ agents: mortals.filter(() => random.chance(0.6)) }),
    touches: (params) => params.agents,
    run: async (scene, { agents }) => {
      await Promise.all(agents.map((agent) => hitAndBack(scene, agent, 'SIGKILL')))
    },
  },
  {
    name: 'agent: killed again and again',
    weight: 2,
    tags: ['agent'],
    draw: (random) => ({ agent: random.pick(mortals), count: random.int(2, 4) }),
    touches: one,
    run: async (scene, { agent, count }) => {
      for (let n = 0; n < count; n += 1) await hitAndBack(scene, agent, 'SIGKILL')
    },
  },
  {
    name: 'agent: limited or asking one killed',
    weight: 2,
    tags: ['agent:limited', 'agent:asker'],
    draw: (random) => ({ agent: random.pick(['limited', 'asker']) }),
    touches: one,
    run: (scene, { agent }) => hitAndBack(scene, agent, 'SIGKILL'),
  },
  {
    name: 'agent: floods its screen',
    weight: 2,
    tags: ['agent'],
    draw: mortal,
    touches: () => [],
    run: (scene, { agent }) => order(scene, agent, 'flood'),
  },
  {
    name: 'agent: crash loop to parked, reset',
    weight: 0.5,
    tags: ['agent:crasher', 'state', 'watchdog', 'server', 'verb'],
    draw: () => ({ agent: 'crasher' }),
    touches: one,
    run: crashLoop,
  },
]

async function crashLoop(scene: Scene, { agent }: Params): Promise<void> {
  const { box, history } = scene
  const from = Date.now()
  writeFileSync(box.path('crash'), '')
  hit(scene, agent, 'SIGKILL')
  const parked = () =>
    history.entries
      .slice(-5_000)
      .some(
        (entry) =>
          entry.kind === 'event' &&
          entry.event.kind === 'park' &&
          entry.event.agent === agent &&
          entry.event.at > from,
      )
  await scene.due('crash loop parked', 'INV-4', 90_000, 'a crash loop ends parked', parked)
  await scene.sleep(500)
  const starts = startsOf(scene, agent)
  await scene.sleep(2_000)
  if (startsOf(scene, agent) > starts) scene.wrong('INV-11', 'a parked agent was started')
  rmSync(box.path('crash'), { force: true })
  scene.sampler.want(agent, 'up')
  await scene.verb('reset', agent)
  await scene.due(
    'reset',
    'INV-2',
    bound.agent,
    `${agent} is back after its reset`,
    () => box.mainOf(agent) !== undefined,
  )
}

const startsOf = (scene: Scene, agent: string): number =>
  scene.history.entries.filter(
    (entry) => entry.kind === 'said' && entry.agent === agent && entry.what === 'start',
  ).length
