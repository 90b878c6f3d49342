import { rmSync } from 'node:fs'
import { kill, session } from '../box.ts'
import { mortals, standing } from '../fleet.ts'
import { bound, type FaultKind, type Params, type Scene } from './types.ts'

const one = (params: Params) => [params.agent]
const everybody = () => ['*']
const nobody = () => []
const mortal: FaultKind['draw'] = (random) => ({ agent: random.pick(mortals) })

/** All that are wanted up live again, each in a new process. */
async function fleetBack(scene: Scene, sort: string, hit: () => unknown): Promise<void> {
  const { box, sampler } = scene
  const old = new Map(standing.map(({ name }) => [name, box.mainOf(name)?.pid]))
  await hit()
  const back = () =>
    standing.every(({ name }) => {
      const main = box.mainOf(name)
      return sampler.wanted(name) === 'down' || (main !== undefined && main.pid !== old.get(name))
    })
  await scene.due(sort, 'INV-2', bound.fleet, `all agents are back after: ${sort}`, back)
}

/** Names of tmux's control clients in the box. */
const controlClients = (scene: Scene) =>
  scene.box.scan().filter((seen) => seen.argv[0]?.endsWith('tmux') && seen.argv.includes('-C'))

export const tmuxFaults: readonly FaultKind[] = [
  {
    name: 'tmux: server SIGKILL',
    weight: 2,
    tags: ['server', 'agents', 'verb'],
    draw: () => ({}),
    touches: everybody,
    run: (scene) => fleetBack(scene, 'tmux server killed', () => kill(scene.box.serverPid(), 'SIGKILL')),
  },
  {
    name: 'tmux: server SIGTERM',
    weight: 1,
    tags: ['server', 'agents', 'verb'],
    draw: () => ({}),
    touches: everybody,
    run: (scene) => fleetBack(scene, 'tmux server terminated', () => kill(scene.box.serverPid(), 'SIGTERM')),
  },
  {
    name: 'tmux: kill-server',
    weight: 1,
    tags: ['server', 'agents', 'verb'],
    draw: () => ({}),
    touches: everybody,
    run: (scene) => fleetBack(scene, 'tmux kill-server', () => scene.box.tmux('kill-server')),
  },
  {
    name: 'tmux: server and socket gone',
    weight: 1,
    tags: ['server', 'agents', 'verb'],
    draw: () => ({}),
    touches: everybody,
    run: (scene) =>
      fleetBack(scene, 'tmux server killed', () => {
        rmSync(scene.box.path('s'), { force: true })
        kill(scene.box.serverPid(), 'SIGKILL')
      }),
  },
  {
    name: 'tmux: server SIGSTOP, SIGCONT',
    weight: 3,
    tags: ['server', 'verb'],
    draw: (random) => ({ ms: random.int(300, 3_500) }),
    touches: nobody,
    run: async (scene, { ms }) => {
      const pid = scene.box.serverPid()
      kill(pid, 'SIGSTOP')
      await scene.sleep(ms)
      kill(pid, 'SIGCONT')
    },
  },
  {
    name: 'tmux: socket removed',
    weight: 3,
    tags: ['server', 'verb'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      const pid = scene.box.serverPid()
      rmSync(scene.box.path('s'), { force: true })
      const answers = async () =>
        (await scene.box.tmux('display-message', '-p', '#{pid}')).out.trim() === `${pid}`
      await scene.due(
        'tmux socket removed',
        'INV-2',
        bound.agent,
        'the same tmux server answers again',
        answers,
      )
    },
  },
  {
    name: 'tmux: control client killed',
    weight: 4,
    tags: ['client'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      for (const client of controlClients(scene)) kill(client.pid, 'SIGKILL')
    },
  },
  {
    name: 'tmux: control client stopped',
    weight: 2,
    tags: ['client'],
    draw: (random) => ({ ms: random.int(300, 3_000) }),
    touches: nobody,
    run: async (scene, { ms }) => {
      const clients = controlClients(scene)
      for (const client of clients) kill(client.pid, 'SIGSTOP')
      await scene.sleep(ms)
      for (const client of clients) kill(client.pid, 'SIGCONT')
    },
  },
  {
    name: 'tmux: all clients detached',
    weight: 2,
    tags: ['client'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      const { out } = await scene.box.tmux('list-clients', '-F', '#{client_name}')
      for (const name of out.trim().split('\n'))
        if (name !== '') await scene.box.tmux('detach-client', '-t', name)
    },
  },
  {
    name: 'tmux: session killed',
    weight: 5,
    tags: ['agent'],
    draw: mortal,
    touches: one,
    run: async (scene, { agent }) => {
      const old = scene.box.mainOf(agent)
      const done = await scene.box.tmux('kill-session', '-t', session(agent).slice(0, -1))
      // The stubborn one outlives its session; it is ended before the next start.
      if (done.code === 0) await scene.back('tmux session killed', agent, old)
      else scene.notes.missed += 1
    },
  },
  {
    name: 'tmux: session renamed and back',
    weight: 3,
    tags: ['agent'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(200, 1_500) }),
    touches: nobody,
    run: async (scene, { agent, ms }) => {
      const { out } = await scene.box.tmux('display-message', '-p', '-t', session(agent), '#{session_id}')
      const id = out.trim()
      await scene.box.tmux('rename-session', '-t', id, `mine-${agent}`)
      await scene.sleep(ms)
      await scene.box.tmux('rename-session', '-t', id, session(agent).slice(1, -1))
    },
  },
  {
    name: 'tmux: window split, pane closed',
    weight: 3,
    tags: ['agent'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(100, 1_500) }),
    touches: nobody,
    run: async (scene, { agent, ms }) => {
      const args = ['split-window', '-d', '-t', session(agent), '-P', '-F', '#{pane_id}', 'exec sleep 77']
      const { out } = await scene.box.tmux(...args)
      await scene.sleep(ms)
      if (out.startsWith('%')) await scene.box.tmux('kill-pane', '-t', out.trim())
    },
  },
  {
    name: 'tmux: copy mode',
    weight: 3,
    tags: ['agent'],
    draw: mortal,
    touches: nobody,
    run: async (scene, { agent }) => {
      await scene.box.tmux('copy-mode', '-t', session(agent))
    },
  },
]
