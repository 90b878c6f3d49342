import { bringUp, names, noGovernor, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'

const resetMs = 3_000

/**
 * A banner comes up in one agent after the other, each with an account of its own; its reset is three seconds away. Once
 * each: a limit that is back as soon as it was lifted is waited for longer, and no reset of a banner says otherwise.
 */
export const limit = {
  name: 'limit',
  title: 'a limit banner is held, and asked about at its reset',
  async run({ quick }) {
    const lab = openLab()
    try {
      const agents = names(quick ? 30 : 120)
      writePrograms(lab)
      lab.write('agents.toml', configFor(lab, agents))
      await bringUp(lab, agents)
      await sleep(2_500)
      const found = await Promise.all(agents.map((name, at) => once(lab, name, at * 90)))
      const held = found.map((one) => one.held)
      const late = found.map((one) => one.late)
      const early = late.filter((ms) => ms < 0).length
      if (early > 0) throw new Error(`${early} of ${late.length} asked before the reset`)
      return [
        {
          what: 'banner drawn to the agent held',
          unit: 'ms',
          samples: held,
          target: { of: 'p99', below: 1000 },
        },
        { what: 'asked after the reset', unit: 'ms', samples: late, target: { of: 'p99', below: 5000 } },
      ]
    } finally {
      await lab.end()
    }
  },
}

/** One agent through one limit: when it was held after the banner, and how long after the reset it was asked. */
async function once(lab, name, afterMs) {
  await sleep(afterMs)
  const from = lab.events.count()
  const next = (kind) => lab.events.next(from, (event) => event.kind === kind && event.agent === name)
  const shown = lab.starts.next(`${name}.shown`)
  await lab.tmux('send-keys', '-t', `=b-${name}:`, 'limit', 'Enter')
  const { wall } = await shown
  const hold = await next('limit')
  const asked = await next('limit-probe')
  await next('lift')
  return { held: hold.at - wall, late: asked.at - (wall + resetMs) }
}

function configFor(lab, agents) {
  const tables = agents.map(
    (name) =>
      `[backend.${name}]\npreset = "claude"\nbin = "${lab.path('limiter')}"\nprompt_delivery = "exec"\n` +
      `[[agent]]\nname = "${name}"\nbackend = "${name}"\nwatch = "heal"\n`,
  )
  return `[defaults]
session_prefix = "b-"
log_dir = "logs"
tmux_socket = "${lab.socket}"
env = { BENCH_RECORDS = "${lab.records}" }

[watchdog]
${noGovernor}
limit_reset_slack = 0

${tables.join('\n')}`
}
