import { kill } from '../box.ts'
import { mortals } from '../fleet.ts'
import { bound, type FaultKind, type Scene } from './types.ts'

const nobody = () => []
const silence = { silence: true }

/** The keeper of a watchdog that died often waits longer each time (row 47, tested elsewhere): its sleep is cut short. */
function wakeKeeper(scene: Scene): void {
  const keepers = new Set(scene.box.keeperPids())
  for (const seen of scene.box.scan()) {
    if (keepers.has(seen.ppid) && seen.argv[0] === 'sleep') kill(seen.pid, 'SIGTERM')
  }
}

export async function watchdogBack(scene: Scene, sort: string, old: number | undefined): Promise<void> {
  await scene.due(sort, 'INV-2', bound.fleet, `the watchdog is back after: ${sort}`, () => {
    const now = scene.box.watchdogPid()
    if (now === undefined) wakeKeeper(scene)
    return now !== undefined && now !== old
  })
}

export const watchdogFaults: readonly FaultKind[] = [
  {
    name: 'watchdog: SIGKILL',
    weight: 5,
    tags: ['watchdog'],
    draw: () => ({}),
    touches: nobody,
    licence: silence,
    run: async (scene) => {
      const old = scene.box.watchdogPid()
      kill(old, 'SIGKILL')
      await watchdogBack(scene, 'watchdog killed', old)
    },
  },
  {
    name: 'watchdog: SIGKILL a moment after an agent',
    weight: 5,
    tags: ['watchdog', 'agent'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(0, 120) }),
    touches: ({ agent }) => [agent],
    licence: silence,
    run: async (scene, { agent, ms }) => {
      const main = scene.box.mainOf(agent)
      const old = scene.box.watchdogPid()
      kill(main?.pid, 'SIGKILL')
      await scene.sleep(ms)
      kill(old, 'SIGKILL')
      await watchdogBack(scene, 'watchdog killed', old)
      if (main !== undefined) await scene.back('agent and watchdog killed', agent, main)
    },
  },
  {
    name: 'watchdog: SIGKILL with the tmux server',
    weight: 1,
    tags: ['alone'],
    draw: (random) => ({ ms: random.int(0, 300) }),
    touches: () => ['*'],
    licence: silence,
    run: async (scene, { ms }) => {
      const old = scene.box.watchdogPid()
      kill(scene.box.serverPid(), 'SIGKILL')
      await scene.sleep(ms)
      kill(old, 'SIGKILL')
      await watchdogBack(scene, 'watchdog and tmux killed', old)
    },
  },
  {
    name: 'watchdog: SIGSTOP, SIGCONT',
    weight: 3,
    tags: ['watchdog'],
    draw: (random) => ({ ms: random.int(300, 4_000) }),
    touches: nobody,
    run: async (scene, { ms }) => {
      const pid = scene.box.watchdogPid()
      kill(pid, 'SIGSTOP')
      await scene.sleep(ms)
      kill(pid, 'SIGCONT')
    },
  },
  {
    name: 'watchdog: SIGTERM, up again',
    weight: 2,
    tags: ['watchdog', 'verb'],
    draw: (random) => ({ ms: random.int(0, 800) }),
    touches: nobody,
    licence: silence,
    run: async (scene, { ms }) => {
      const old = scene.box.watchdogPid()
      kill(old, 'SIGTERM')
      await scene.due(
        'watchdog ends on SIGTERM',
        'INV-2',
        10_000,
        'the watchdog ends when it is told to',
        () => {
          return scene.box.watchdogPid() !== old
        },
      )
      await scene.sleep(ms)
      await scene.verb('up', 'watchdog')
      await watchdogBack(scene, 'watchdog asked to stop, up', old)
    },
  },
  {
    name: 'watchdog: keeper loop SIGKILL',
    weight: 2,
    tags: ['watchdog'],
    draw: () => ({}),
    touches: nobody,
    licence: silence,
    run: async (scene) => {
      const old = scene.box.keeperPids()
      for (const pid of old) kill(pid, 'SIGKILL')
      await scene.due(
        'keeper loop killed',
        'INV-2',
        bound.fleet,
        'a new keeper loop and a watchdog run',
        () => {
          const now = scene.box.keeperPids()
          return now.length === 1 && !old.includes(now[0]!) && scene.box.watchdogPid() !== undefined
        },
      )
    },
  },
  {
    name: 'watchdog: its session killed',
    weight: 2,
    tags: ['watchdog'],
    draw: () => ({}),
    touches: nobody,
    licence: silence,
    run: async (scene) => {
      await scene.box.tmux('kill-session', '-t', '=c-watchdog')
      await scene.due(
        'watchdog session killed',
        'INV-2',
        bound.fleet,
        'the watchdog has a session again',
        async () => {
          wakeKeeper(scene)
          return (
            (await scene.box.tmux('has-session', '-t', '=c-watchdog')).code === 0 &&
            scene.box.watchdogPid() !== undefined
          )
        },
      )
    },
  },
  {
    name: 'watchdog: a second one started',
    weight: 2,
    tags: ['watchdog', 'config'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      const before = scene.box.watchdogPid()
      const { code, out } = await scene.box.agents(['watchdog'], {}, 10_000)
      const after = scene.box.watchdogPid()
      if (before !== undefined && before === after && code !== 4) {
        scene.wrong('row 109', `a second watchdog ended with ${code}, not 4: ${out.slice(0, 200)}`)
      }
    },
  },
  {
    name: 'watchdog: log and state writes fail (RLIMIT_FSIZE)',
    weight: 2,
    tags: ['watchdog', 'state', 'server', 'agent'],
    draw: (random) => ({ agent: random.pick(mortals), ms: random.int(300, 2_000) }),
    touches: ({ agent }) => [agent],
    licence: silence,
    run: async (scene, { agent, ms }) => {
      const { execFileSync } = await import('node:child_process')
      const pid = scene.box.watchdogPid()
      if (pid === undefined) return
      const limit = (bytes: string) => {
        try {
          execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}`], { stdio: 'ignore' })
        } catch {
          scene.notes.missed += 1 // It died meanwhile.
        }
      }
      limit('0:unlimited')
      const main = scene.box.mainOf(agent)
      kill(main?.pid, 'SIGKILL')
      await scene.sleep(ms)
      limit('unlimited:unlimited')
      if (main !== undefined) await scene.back('agent killed, disk full', agent, main)
    },
  },
]
