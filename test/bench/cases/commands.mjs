import { bringUp, configOf, names, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'
import { timed } from '../measure.mjs'
import { bareSessions } from './bare.mjs'

/** `agents status` beside the least that any Node program takes, in turns, so that both meet the same machine. */
export const status = {
  name: 'status',
  title: '`agents status` of 200 agents, watchdog up',
  async run({ quick }) {
    const lab = openLab()
    try {
      writePrograms(lab)
      const agents = names(200)
      lab.write('agents.toml', configOf(lab, { agents, watchdog: '' }))
      await bringUp(lab, agents)
      await sleep(3000)
      const node = []
      const ours = []
      const json = []
      for (let at = 0; at < (quick ? 15 : 60); at += 1) {
        node.push(await timed(() => lab.exec(process.execPath, ['-e', '0'])))
        ours.push(await timed(() => lab.agents('status')))
        json.push(await timed(() => lab.agents('status', '--json')))
      }
      const baseline = { what: '`node -e 0`', samples: node }
      return [
        { what: '`agents status`', unit: 'ms', samples: ours, baseline, target: { of: 'ratio', below: 2.5 } },
        { what: '`agents status --json`', unit: 'ms', samples: json, baseline },
      ]
    } finally {
      await lab.end()
    }
  },
}

/** From the command typed to its return: every session made, every agent alive, the watchdog answering. */
export const up = {
  name: 'up',
  title: '`agents up` of 50 exec agents',
  async run({ quick }) {
    const samples = []
    const running = []
    const bare = []
    for (let round = 0; round < (quick ? 2 : 8); round += 1) {
      const lab = openLab()
      try {
        writePrograms(lab)
        const agents = names(50)
        lab.write('agents.toml', configOf(lab, { agents, watchdog: '' }))
        bare.push(await timed(() => bareSessions(lab, 50)))
        const from = performance.now()
        const alive = Promise.all(agents.map((name) => lab.starts.last(name)))
        await lab.agents('up')
        samples.push(performance.now() - from)
        running.push(Math.max(...(await alive).map(({ at }) => at)) - from)
      } finally {
        await lab.end()
      }
    }
    const baseline = { what: 'bare `tmux new-session -d` loop of 50', samples: bare }
    return [
      {
        what: '`agents up` to its return',
        unit: 'ms',
        samples,
        baseline,
        target: { of: 'max', below: 2000 },
      },
      { what: '`agents up` to the last agent running', unit: 'ms', samples: running, baseline },
    ]
  },
}
