import { bringUp, configOf, names, noGovernor, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'
import { bareSessions } from './bare.mjs'

/** A killed agent replaced: from the SIGKILL of its pane's process to the first act of the new one. */
export const heal = {
  name: 'heal',
  title: 'a killed agent is replaced (50 agents)',
  async run({ quick }) {
    const lab = openLab()
    try {
      writePrograms(lab)
      const agents = names(50)
      lab.write('agents.toml', configOf(lab, { agents }))
      const baseline = await bareSessions(lab, quick ? 10 : 40)
      await bringUp(lab, agents)
      await sleep(1000)
      const samples = []
      for (let at = 0; at < (quick ? 50 : 250); at += 1) {
        const name = agents[(at * 7) % agents.length]
        samples.push(await killOnce(lab, name))
        // At any point of a tick, not in step with it.
        await sleep(20 + ((at * 37) % 100))
      }
      const panes = await lab.tmux('list-panes', '-a', '-F', '#{pane_dead} #{pane_pid}')
      const alive = panes.split('\n').filter((line) => line.startsWith('0 '))
      if (alive.length < agents.length) throw new Error(`only ${alive.length} panes live at the end`)
      return [
        {
          what: 'kill to replaced',
          unit: 'ms',
          samples,
          target: { of: 'p99', below: 250 },
          baseline: { what: 'bare `tmux new-session -d` to the same act', samples: baseline },
        },
      ]
    } finally {
      await lab.end()
    }
  },
}

async function killOnce(lab, name) {
  const old = Number((await lab.starts.last(name)).line)
  const next = lab.starts.next(name)
  const from = performance.now()
  process.kill(old, 'SIGKILL')
  const { at, line } = await next
  process.kill(Number(line), 0) // it lives, or this throws
  return at - from
}

/** All killed in one go: from the first SIGKILL to the first act of the last new one. */
export const mass = {
  name: 'mass',
  title: '200 agents killed at once',
  async run({ quick }) {
    const rows = []
    for (const [what, watchdog, target] of [
      ['all 200 back, default governor (start_rate 50/s)', '', { of: 'max', below: 5000 }],
      ['all 200 back, no start rate', noGovernor, undefined],
    ]) {
      const lab = openLab()
      try {
        writePrograms(lab)
        const agents = names(200)
        lab.write('agents.toml', configOf(lab, { agents, watchdog }))
        const baseline = target === undefined ? undefined : await bareLoop(lab, 200)
        await bringUp(lab, agents)
        const samples = []
        // A second incident within a minute is charged by the governor: it is measured once there.
        for (let round = 0; round < (watchdog === '' || quick ? 1 : 3); round += 1) {
          await sleep(2500)
          samples.push(await killAll(lab, agents))
        }
        rows.push({
          what,
          unit: 'ms',
          samples,
          target,
          baseline: baseline && { what: 'bare `tmux new-session -d` loop of 200', samples: [baseline] },
        })
      } finally {
        await lab.end()
      }
    }
    return rows
  },
}

async function killAll(lab, agents) {
  const old = await Promise.all(agents.map((name) => lab.starts.last(name)))
  const next = agents.map((name) => lab.starts.next(name, 60_000))
  const from = performance.now()
  for (const { line } of old) process.kill(Number(line), 'SIGKILL')
  const back = await Promise.all(next)
  return Math.max(...back.map(({ at }) => at)) - from
}

async function bareLoop(lab, count) {
  const from = performance.now()
  await bareSessions(lab, count)
  return performance.now() - from
}
