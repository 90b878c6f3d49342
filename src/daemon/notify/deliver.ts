import { randomBytes } from 'node:crypto'
import { type Delivery, postJson, runWithInput } from '../../adapters/notify/index.ts'
import { type NotifySpec, namedConfig, type PaneSight } from '../../core/index.ts'
import type { ChannelName, Payload } from '../../notify/index.ts'
import { fleetTag, runKey } from '../names.ts'
import type { World } from '../world.ts'

/** Hands one message to one channel. Has a deadline of its own; never rejects for what the channel does. */
export type Deliver = (channel: ChannelName, spec: NotifySpec, payload: Payload) => Promise<Delivery>

/** @param panes what was seen last; the bell rings in sessions of this project that somebody looks at */
export function createDeliver(world: World, panes: () => readonly PaneSight[]): Deliver {
  return (channel, spec, payload) => {
    if (channel === 'command') return byCommand(world, spec, payload)
    return channel === 'webhook' ? byWebhook(world, spec, payload) : byBell(world, panes(), payload)
  }
}

async function byCommand(world: World, spec: NotifySpec, payload: Payload): Promise<Delivery> {
  const fleet = world.fleet()
  return runWithInput(
    {
      argv: spec.command ?? [],
      input: `${JSON.stringify(payload)}\n`,
      cwd: fleet.projectDir,
      env: { ...world.env, AGENTS_PROJECT: fleet.projectDir, AGENTS_CONFIG: namedConfig(fleet) },
      run: runKey(fleet, `notify-${randomBytes(4).toString('hex')}`),
      timeoutMs: spec.timeoutMs,
    },
    world.procs,
  )
}

async function byWebhook(world: World, spec: NotifySpec, payload: Payload): Promise<Delivery> {
  const variable = spec.webhookTokenEnv
  const token = variable === undefined ? undefined : world.env[variable]
  if (variable !== undefined && (token === undefined || token === ''))
    return { ok: false, why: `the variable ${variable} is not set where the watchdog runs` }
  return postJson(spec.webhook ?? '', JSON.stringify(payload), { token, timeoutMs: spec.timeoutMs })
}

async function byBell(world: World, panes: readonly PaneSight[], payload: Payload): Promise<Delivery> {
  const project = fleetTag(world.fleet())
  const ours = panes.filter((pane) => pane.tag?.project === project && pane.tag.agent !== 'keeper')
  const [first = '', ...rest] = payload.text.split('\n')
  const text = rest.length === 0 ? first : `${first} (and ${rest.length} more)`
  const rung = await world.tmux.ring(new Set(ours.map((pane) => pane.sessionId)), `agents: ${text}`)
  if (rung.kind === 'failed') return { ok: false, why: rung.why }
  return {
    ok: true,
    detail: rung.terminals === 0 ? 'nobody is attached' : `${rung.terminals} terminal(s) rang`,
  }
}
