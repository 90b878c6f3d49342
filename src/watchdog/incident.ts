import { note, setLife, type Tick } from './tick.ts'
import type { AgentMemory } from './types.ts'

/** Deaths this close together may have one cause. */
const togetherMs = 1000

/** The tmux server died, or is another one than before: one incident, told once. */
export function noticeServer(t: Tick): void {
  const { fleet, seen } = t
  const known = fleet.serverId
  if (seen.server === 'none') {
    if (known !== undefined && !fleet.serverLost) lose(t, 'no tmux server any more')
    return
  }
  const replaced = known !== undefined && seen.serverId !== undefined && seen.serverId !== known
  if (replaced && !fleet.serverLost) lose(t, 'another tmux server answers')
  if (fleet.serverLost) {
    fleet.serverLost = false
    note(t, 'tmux-back', `tmux server ${seen.serverId ?? ''} answers`.replace('  ', ' '))
  }
  fleet.serverId = seen.serverId ?? known
}

function lose(t: Tick, evidence: string): void {
  t.fleet.serverLost = true
  t.fleet.losses = [...t.fleet.losses, t.now.mono]
  note(t, 'tmux-lost', 'the tmux server was lost with everything in it: no strike for any agent', undefined, [
    evidence,
    `last known: ${t.fleet.serverId}`,
  ])
}

/**
 * Several agents that die within a second, more than half of those that were up, died of one cause: no strikes
 * (INV-5). At most once in a period, or a fleet that crashes in step would restart for ever.
 */
export function noticeIncident(t: Tick, died: readonly string[], aliveNow: number): void {
  const { fleet, now } = t
  const g = t.want.watchdog.governor
  if (died.length === 0 && fleet.deaths.length === 0) return
  fleet.deaths = fleet.deaths.filter((d) => d.at > now.mono - togetherMs)
  if (died.length === 0) return
  fleet.deaths = [...fleet.deaths, ...died.map((agent) => ({ agent, at: now.mono }))]
  const running = fleet.pardonedAt !== undefined && now.mono - fleet.pardonedAt < togetherMs
  const recently = fleet.pardonedAt !== undefined && now.mono - fleet.pardonedAt < g.periodMs
  if (recently && !running) return
  const many = new Set(fleet.deaths.map((d) => d.agent)).size
  const common = many >= Math.max(2, g.commonCause) && many * 2 > aliveNow + many
  if (!common && !running) return
  for (const death of fleet.deaths) pardon(t, t.agents[death.agent], death.at)
  if (running) return
  fleet.pardonedAt = now.mono
  const because = `${many} of ${aliveNow + many} agents died within a second: one incident, no strikes`
  note(t, 'exit', because, undefined, [...new Set(fleet.deaths.map((d) => d.agent))])
}

function pardon(t: Tick, m: AgentMemory | undefined, diedAt: number): void {
  if (m === undefined) return
  const strikes = m.restarts.length
  m.restarts = m.restarts.filter((at) => at < diedAt)
  const back = strikes - m.restarts.length
  if (back > 0) t.fleet.failures = t.fleet.failures.slice(0, -back)
  if (m.down !== undefined && m.down.since >= diedAt) m.down = { ...m.down, pardoned: true }
  if (!m.backoff?.waiting) return
  const step = m.backoff.step - 1
  m.backoff = step === 0 ? undefined : { ...m.backoff, step, waiting: false }
  setLife(t, m, 'starting', 'one cause common to many')
}
