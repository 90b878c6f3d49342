import { bringUp, configOf, names, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'
import { timed } from '../measure.mjs'

/** `agents send` to everybody at once, and to one at a time: from the moment it is on disk to the key that submits it. */
export const deliver = {
  name: 'deliver',
  title: 'messages to 50 agents, queued to submitted',
  async run({ quick }) {
    const lab = openLab()
    try {
      writePrograms(lab)
      const agents = names(50)
      lab.write('agents.toml', configOf(lab, { agents, kindOf: () => 'listener' }))
      await bringUp(lab, agents)
      await sleep(3000)
      const bare = []
      for (let at = 0; at < 30; at += 1) {
        const target = `=b-${agents[at]}:`
        bare.push(await timed(() => lab.tmux('send-keys', '-t', target, 'x', 'Enter')))
      }
      await sleep(1000)
      const alone = []
      for (let at = 0; at < (quick ? 20 : 100); at += 1)
        alone.push(await submitted(lab, agents[at % agents.length], `one-${at}`))
      const together = []
      for (let round = 0; round < (quick ? 2 : 6); round += 1) {
        const all = agents.map((name) => submitted(lab, name, `all-${round}-${name}`))
        together.push(...(await Promise.all(all)))
      }
      const baseline = { what: 'plain `tmux send-keys`', samples: bare }
      return [
        {
          what: 'to one of 50 agents',
          unit: 'ms',
          samples: alone,
          target: { of: 'p99', below: 1000 },
          baseline,
        },
        {
          what: 'to all 50 at once',
          unit: 'ms',
          samples: together,
          target: { of: 'p99', below: 5000 },
          baseline,
        },
      ]
    } finally {
      await lab.end()
    }
  },
}

/** Milliseconds from queued to submitted, as the watchdog wrote them down. */
async function submitted(lab, name, id) {
  const done = new Set(['submitted', 'seen', 'acknowledged'])
  let message = await lab.ask('send', [name, { id, text: `message ${id}`, mode: 'queue' }])
  for (const until = Date.now() + 60_000; !done.has(message.state); ) {
    if (message.state === 'failed' || Date.now() > until)
      throw new Error(`${id} is ${message.state}: ${message.why ?? 'no reason'}`)
    await sleep(20)
    message = await lab.ask('message', [id])
  }
  return message.submittedAt - message.queuedAt
}
