import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { canary, kill, session } from './box.ts'
import type { Scene } from './faults/types.ts'
import { read } from './proc-scan.ts'

/** Controls: each breaks one invariant from outside, and the checker must say so. */
export const sabotages: Record<string, { inv: string; run(scene: Scene): Promise<void> | void }> = {
  'second-copy': {
    inv: 'INV-1',
    run: ({ box }) => {
      const main = box.mainOf('alpha')
      if (main === undefined) return
      const pairs = read(`/proc/${main.pid}/environ`)
        .split('\0')
        .filter((pair) => pair.includes('='))
      const env = Object.fromEntries(
        pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
      )
      spawn(main.argv[0]!, main.argv.slice(1, 4), {
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      })
    },
  },
  'never-healed': {
    inv: 'INV-2',
    run: async (scene) => {
      const { box } = scene
      for (const pid of box.keeperPids()) kill(pid, 'SIGSTOP')
      kill(box.watchdogPid(), 'SIGSTOP')
      const main = box.mainOf('alpha')
      kill(main?.pid, 'SIGKILL')
      await scene.back('sabotage', 'alpha', main)
    },
  },
  undead: {
    inv: 'INV-3',
    run: async ({ box, sampler, sleep }) => {
      sampler.want('alpha', 'down')
      await sleep(1_500)
      void box
    },
  },
  'typed-into-limited': {
    inv: 'INV-6',
    run: async ({ box }) => {
      await box.tmux('send-keys', '-t', session('limited'), 'y')
    },
  },
  'limited-killed': {
    inv: 'INV-6',
    run: ({ box }) => void kill(box.mainOf('limited')?.pid, 'SIGKILL'),
  },
  'foreign-session-killed': {
    inv: 'INV-9',
    run: async ({ box }) => {
      const { out } = await box.tmux('list-panes', '-t', '=c-alph:', '-F', '#{pane_pid}')
      kill(Number(out.trim()), 'SIGKILL')
    },
  },
  'kill-without-evidence': {
    inv: 'INV-7',
    run: ({ history }) => {
      const event = {
        seq: 0,
        at: Date.now(),
        kind: 'kill' as const,
        agent: 'alpha',
        cause: 'stall',
        because: 'a whim',
        evidence: ['one'],
      }
      history.add({ kind: 'event', event })
    },
  },
  'phase-back': {
    inv: 'INV-24',
    run: async ({ box, sampler }) => {
      await box.agents(['phase', 'set', '5'])
      sampler.look()
      writeFileSync(box.path('logs/state/phase-idx'), '2')
      sampler.look()
    },
  },
  'torn-state': {
    inv: 'INV-35',
    run: ({ box }) => {
      for (const name of ['outbox.json', 'outbox.json.1'])
        writeFileSync(box.path('logs/state', name), '{"half')
    },
  },
  'secret-in-arguments': {
    inv: 'INV-40',
    run: ({ box }) => {
      spawn('sleep', ['30', canary], {
        env: { HOME: box.dir, PATH: process.env.PATH ?? '' },
        stdio: 'ignore',
      })
      spawn('sh', ['-c', 'sleep 30; :', canary], {
        env: { HOME: box.dir, PATH: process.env.PATH ?? '' },
        stdio: 'ignore',
      })
    },
  },
  'state-readable': {
    inv: 'INV-40',
    run: ({ box }) => {
      const path = box.path('logs/state/world-readable.json')
      writeFileSync(path, readFileSync(box.path('logs/state/tmux.json'), 'utf8'), { mode: 0o644 })
    },
  },
  'processes-left': {
    inv: 'INV-39',
    run: ({ box }) => {
      spawn('tail', ['-f', '/dev/null'], {
        env: { HOME: box.dir, PATH: process.env.PATH ?? '' },
        stdio: 'ignore',
      })
    },
  },
}
