import { bringUp, configOf, names, noGovernor, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'

/** An edit of the file, from the write to what it changes: an agent more, or (stop_removed) one less. */
export const config = {
  name: 'config',
  title: 'a config edit is applied (50 agents)',
  async run({ quick }) {
    const lab = openLab()
    try {
      writePrograms(lab)
      const agents = names(50)
      const text = (list) =>
        configOf(lab, { agents: list, watchdog: `${noGovernor}\nstop_removed = true\nstop_grace = 1` })
      lab.write('agents.toml', text(agents))
      await bringUp(lab, agents)
      await sleep(1500)
      const loaded = []
      const effect = []
      for (let at = 0; at < (quick ? 10 : 60); at += 1) {
        const from = lab.events.count()
        const next = lab.starts.next('extra')
        const begun = Date.now()
        lab.write('agents.toml', text([...agents, 'extra']))
        const event = await lab.events.next(from, (one) => one.kind === 'config-loaded')
        loaded.push(event.at - begun)
        effect.push((await next).wall - begun)
        await sleep(100 + ((at * 131) % 900))
        const second = lab.events.count()
        const removed = Date.now()
        lab.write('agents.toml', text(agents))
        const gone = await lab.events.next(second, (one) => one.kind === 'stopped' && one.agent === 'extra')
        effect.push(gone.at - removed)
        await sleep(100 + ((at * 67) % 900))
      }
      const target = { of: 'p99', below: 1000 }
      return [
        { what: 'edit to config-loaded', unit: 'ms', samples: loaded, target },
        { what: 'edit to its effect (process started, or ended)', unit: 'ms', samples: effect, target },
      ]
    } finally {
      await lab.end()
    }
  },
}
