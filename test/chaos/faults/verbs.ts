import { kill } from '../box.ts'
import { loops, mortals, phaseCount, standing } from '../fleet.ts'
import { phaseNow } from './git.ts'
import { bound, type FaultKind, type Params, type Scene } from './types.ts'

const one = (params: Params) => [params.agent]
const mortal: FaultKind['draw'] = (random) => ({
  agent: random.pick(mortals),
  ms: random.int(0, 1_500),
  count: random.int(2, 4),
})

async function alive(scene: Scene, sort: string, agent: string): Promise<void> {
  await scene.due(
    sort,
    'INV-2',
    bound.agent,
    `${agent} is up after: ${sort}`,
    () => scene.box.mainOf(agent) !== undefined,
  )
}

async function downUp(scene: Scene, { agent, ms }: Params): Promise<void> {
  await scene.verb('down', agent)
  scene.sampler.want(agent, 'down')
  await scene.sleep(1_100 + ms)
  scene.sampler.look()
  scene.sampler.want(agent, 'up')
  await scene.verb('up', agent)
  await alive(scene, 'agent down, up', agent)
}

export const verbFaults: readonly FaultKind[] = [
  { name: 'verb: down, up', weight: 5, tags: ['verb', 'agent'], draw: mortal, touches: one, run: downUp },
  {
    name: 'verb: down while it is being healed, up',
    weight: 4,
    tags: ['verb', 'agent'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(0, 60) }),
    touches: one,
    run: async (scene, params) => {
      kill(scene.box.mainOf(params.agent)?.pid, 'SIGKILL')
      await scene.sleep(params.ms)
      await downUp(scene, params)
    },
  },
  {
    name: 'verb: restart',
    weight: 4,
    tags: ['verb', 'agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      const old = scene.box.mainOf(agent)
      await scene.verb('restart', agent)
      if (old !== undefined) await scene.back('agent restarted by verb', agent, old)
    },
  },
  {
    name: 'verb: several restarts at once',
    weight: 3,
    tags: ['verb', 'agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent, count }) => {
      await Promise.all(Array.from({ length: count }, () => scene.box.agents(['restart', agent])))
      await alive(scene, 'several restarts at once', agent)
    },
  },
  {
    name: 'verb: down and up at once',
    weight: 3,
    tags: ['verb', 'agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      await Promise.all([scene.box.agents(['down', agent]), scene.box.agents(['up', agent])])
      await scene.verb('up', agent)
      await alive(scene, 'down and up at once', agent)
    },
  },
  {
    name: 'verb: five up at once',
    weight: 2,
    tags: ['verb', 'agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      kill(scene.box.mainOf(agent)?.pid, 'SIGKILL')
      await Promise.all(Array.from({ length: 5 }, () => scene.box.agents(['up', agent])))
      await alive(scene, 'five up at once', agent)
    },
  },
  {
    name: 'verb: pause, death, resume',
    weight: 3,
    tags: ['verb', 'agent', 'server'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent, ms }) => {
      await scene.verb('pause', agent)
      kill(scene.box.mainOf(agent)?.pid, 'SIGKILL')
      await scene.sleep(300)
      const early = scene.box.mainOf(agent)
      await scene.sleep(ms)
      const late = scene.box.mainOf(agent)
      if (early === undefined && late !== undefined) scene.wrong('INV-3', `${agent} was started while paused`)
      await scene.verb('resume', agent)
      await alive(scene, 'pause, death, resume', agent)
    },
  },
  {
    name: 'verb: reset',
    weight: 1,
    tags: ['verb', 'agent'],
    draw: mortal,
    touches: () => [],
    run: (scene, { agent }) => scene.verb('reset', agent),
  },
  {
    name: 'verb: phase next, twice at once',
    weight: 2,
    tags: ['verb', 'phase', 'state', 'agent:builder', 'agent:adversary'],
    draw: () => ({}),
    touches: () => loops,
    run: async (scene) => {
      const index = phaseNow(scene)
      if (index >= phaseCount - 4) return
      for (const step of [1, 2]) scene.history.add({ kind: 'index-may', to: index + step, back: false })
      const runs = await Promise.all([
        scene.box.agents(['phase', 'next']),
        scene.box.agents(['phase', 'next']),
      ])
      const won = runs.filter((run) => run.code === 0).length
      if (won > 0) {
        await scene.due(
          'phase next',
          'row 111',
          bound.fleet,
          `phase ${index} is over`,
          () => phaseNow(scene) > index,
        )
      }
    },
  },
  {
    name: 'verb: phase set',
    weight: 2,
    tags: ['verb', 'phase', 'state', 'agent:builder', 'agent:adversary'],
    draw: (random) => ({ count: random.int(1, 3) }),
    touches: () => loops,
    run: async (scene, { count }) => {
      const to = Math.min(phaseCount - 3, phaseNow(scene) + count)
      scene.history.add({ kind: 'index-may', to, back: false })
      await scene.verb('phase', 'set', `${to}`)
      await scene.due(
        'phase set',
        'INV-24',
        bound.fleet,
        `phase ${to} is current`,
        () => phaseNow(scene) === to,
      )
    },
  },
  {
    name: 'verb: up killed half-way',
    weight: 3,
    tags: ['verb', 'agent', 'watchdog'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(20, 400) }),
    touches: one,
    licence: { silence: true },
    run: async (scene, { agent, ms }) => {
      kill(scene.box.mainOf(agent)?.pid, 'SIGKILL')
      await killed(scene, ['up', agent], ms)
      await scene.verb('up', agent)
      await alive(scene, 'up killed half-way', agent)
    },
  },
  {
    name: 'verb: down killed half-way',
    weight: 3,
    tags: ['verb', 'agent', 'watchdog'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(20, 400) }),
    touches: one,
    licence: { silence: true },
    run: async (scene, { agent, ms }) => {
      await killed(scene, ['down', agent], ms)
      await scene.verb('up', agent)
      await alive(scene, 'down killed half-way', agent)
    },
  },
  {
    name: 'verb: whole fleet down, up',
    weight: 1,
    tags: ['alone'],
    draw: (random) => ({ ms: random.int(0, 1_000) }),
    touches: () => ['*'],
    licence: { silence: true },
    run: async (scene, { ms }) => {
      await scene.verb('down')
      for (const { name } of standing) scene.sampler.want(name, 'down')
      await scene.sleep(1_100 + ms)
      scene.sampler.look()
      const left = scene.box.scan().filter((seen) => seen.agent !== undefined)
      if (left.length > 0)
        scene.wrong(
          'INV-3',
          `after down: ${left.map((seen) => `${seen.pid} ${seen.argv.join(' ')}`).join(' | ')}`,
        )
      for (const { name } of standing) scene.sampler.want(name, 'up')
      await scene.verb('up')
      await scene.due('whole fleet down, up', 'INV-2', bound.fleet, 'all agents are up', () =>
        standing.every(({ name }) => scene.box.mainOf(name) !== undefined),
      )
    },
  },
]

async function killed(scene: Scene, args: readonly string[], ms: number): Promise<void> {
  const verb = scene.box.begin(args)
  await scene.sleep(ms)
  kill(verb.pid, 'SIGKILL')
  await verb.ended
}
