import { randomUUID } from 'node:crypto'
import { canResume } from '../../backends/launch.ts'
import {
  type Aside,
  type EarlierStart,
  planStart,
  type StartFacts,
  type StartPlan,
  soonMs,
} from '../../conversation/start.ts'
import type { AgentSpec, BackendSpec, PaneSight, Scan } from '../../core/index.ts'
import { sanitisePaste, visible } from '../../core/text.ts'
import { loadConversations, saveConversation } from '../look/conversation-record.ts'
import { recordedId } from '../look/conversations.ts'
import { fleetTag, noSessionIdPath, resumeIdPath, runKey, sessionLogPath } from '../names.ts'
import type { World } from '../world.ts'
import type { StartOrder } from './prepare.ts'

/** An option that a program did not know is not tried again for so long. Milliseconds. */
const unknownOptionMs = 24 * 3_600_000
/** So much of the end of a session's log is searched for a refusal. Characters. */
const lastWordsChars = 6_000

/** What the starts of one batch ask in common. */
export interface Batch {
  /** The recorded conversation of each agent of the fleet. */
  ids(): Promise<ReadonlyMap<string, string>>
  scan(): Promise<Scan>
}

export function createBatch(world: World): Batch {
  let ids: Promise<ReadonlyMap<string, string>> | undefined
  let scan: Promise<Scan> | undefined
  return {
    ids: () => {
      ids ??= recordedIds(world)
      return ids
    },
    scan: () => {
      scan ??= world.tmux.scan()
      return scan
    },
  }
}

async function recordedIds(world: World): Promise<ReadonlyMap<string, string>> {
  const { agents } = world.fleet()
  const found = await Promise.all(agents.map(({ name }) => recordedId(world, name)))
  return new Map(agents.flatMap(({ name }, at) => (found[at] === undefined ? [] : [[name, found[at]]])))
}

/** What a start does about its agent's conversation. Only looks; `keepPlan` writes it down. */
export async function planConversation(
  world: World,
  order: StartOrder,
  backend: BackendSpec,
  batch: Batch,
): Promise<StartPlan> {
  const { spec } = order
  if (!spec.resume || !canResume(backend)) return { kind: 'none' }
  const recorded = await recordedFor(world, order)
  const earlier = recorded === undefined ? [] : await earlierStarts(world, spec.name)
  const facts: StartFacts = {
    now: world.clock.now().wall,
    resumes: true,
    fresh: order.fresh === true || beginsAnew(order),
    newId: await idFor(world, order, backend),
    recorded: recorded?.id,
    onDisk: recorded === undefined ? 'unknown' : await onDisk(world, recorded),
    owner: recorded === undefined ? undefined : await ownerOf(world, order, backend, recorded.id, batch),
    earlier,
    afterFailure: order.cause === 'failure' || order.cause === 'fatal',
    refusal: earlier.length === 0 ? undefined : await refusal(world, order, backend, batch),
  }
  return planStart(facts)
}

/** A new phase and a task that is started again are new work, unless `resume = true` says otherwise. */
const beginsAnew = ({ spec, cause }: StartOrder): boolean =>
  spec.resumeAlways !== true && (cause === 'phase' || (spec.kind === 'task' && cause === 'operator'))

interface Recorded {
  id: string
  /** Where its files were seen; undefined: they never were. */
  paths: readonly string[] | undefined
}

/** What was written down for this agent and this backend: another CLI's conversation is no use to it. */
async function recordedFor(world: World, { spec }: StartOrder): Promise<Recorded | undefined> {
  const [text, known] = await Promise.all([recordedId(world, spec.name), loadConversations(world, spec.name)])
  const own = known[spec.backend]
  const others = Object.entries(known).some(([name, one]) => name !== spec.backend && one.id === text)
  if (text !== undefined && !others) return { id: text, paths: own?.id === text ? own.paths : undefined }
  return own
}

async function onDisk(world: World, { paths }: Recorded): Promise<StartFacts['onDisk']> {
  if (paths === undefined || paths.length === 0) return 'unknown'
  const there = await Promise.all(paths.map((path) => world.files.exists(path)))
  return there.includes(true) ? 'yes' : 'no'
}

/** Another living agent of the fleet, or a process of somebody else's. */
async function ownerOf(
  world: World,
  { spec }: StartOrder,
  backend: BackendSpec,
  id: string,
  batch: Batch,
): Promise<string | undefined> {
  // In the order of the config: of two that would have it the first one has it, living or started beside this one.
  const names = [...(await batch.ids())].flatMap(([name, own]) => (own === id ? [name] : []))
  if (names.some((name) => name !== spec.name)) {
    const living = (await panesOf(world, batch)).filter(({ dead }) => !dead).map(({ tag }) => tag!.agent)
    const before = names.slice(0, Math.max(0, names.indexOf(spec.name)))
    const other = names.find((name) => name !== spec.name && living.includes(name)) ?? before[0]
    if (other !== undefined) return `the agent ${other}`
  }
  if (backend.conversation === undefined) return undefined
  const env = { ...world.env, ...spec.env }
  return world.conversations.stranger(id, backend.conversation, env, runKey(world.fleet(), spec.name))
}

async function earlierStarts(world: World, agent: string): Promise<EarlierStart[]> {
  const sinceMs = world.clock.now().wall - soonMs
  const events = await world.events.read({ agent, sinceMs })
  return events
    .filter((event) => event.kind === 'start')
    .map(({ at, resumes, assigns }) => ({
      at,
      resumes: typeof resumes === 'string' ? resumes : undefined,
      assigns: typeof assigns === 'string' ? assigns : undefined,
    }))
}

async function idFor(world: World, { spec }: StartOrder, backend: BackendSpec): Promise<string | undefined> {
  if (backend.promptDelivery !== 'arg' || !backend.sessionIdFlag) return undefined
  const unknownAt = await world.files.modifiedAt(noSessionIdPath(world.fleet(), spec.name))
  const young = unknownAt !== undefined && world.clock.now().wall - unknownAt < unknownOptionMs
  if (young || (await beginsTwice(world, spec, backend))) return undefined
  return randomUUID()
}

async function beginsTwice(world: World, spec: AgentSpec, { conversation }: BackendSpec): Promise<boolean> {
  if (conversation === undefined) return false
  return world.conversations.beginsTwice(conversation, spec.dir, { ...world.env, ...spec.env })
}

/** Looked for in the log of the session and on the screen of its dead pane: what was printed may have scrolled away. */
async function refusal(
  world: World,
  { spec }: StartOrder,
  backend: BackendSpec,
  batch: Batch,
): Promise<string | undefined> {
  const source = backend.resumeRefused
  if (source === undefined) return undefined
  const [log, screen] = await Promise.all([
    world.files.readEnd(sessionLogPath(world.fleet(), spec.session), lastWordsChars),
    deadScreen(world, spec.name, batch),
  ])
  const text = sanitisePaste(`${log ?? ''}\n${screen}`)
  const found = world.regex.exec(source, text)
  return found.kind === 'match' ? visible(found.text).slice(0, 160) : undefined
}

async function panesOf(world: World, batch: Batch): Promise<PaneSight[]> {
  const scan = await batch.scan()
  const project = fleetTag(world.fleet())
  return scan.kind === 'ok' ? scan.panes.filter(({ tag }) => tag?.project === project) : []
}

async function deadScreen(world: World, agent: string, batch: Batch): Promise<string> {
  const pane = (await panesOf(world, batch)).find((one) => one.dead && one.tag?.agent === agent)
  if (pane === undefined) return ''
  const captured = await world.tmux.capture([pane.paneId])
  return captured.kind === 'ok' ? (captured.text.get(pane.paneId) ?? '') : ''
}

/**
 * Writes the plan down, right before the session is made: while an agent lives, `state/<agent>.id` is the conversation
 * that it is in, or absent.
 */
export async function keepPlan(world: World, order: StartOrder, plan: StartPlan): Promise<void> {
  const { spec } = order
  const path = resumeIdPath(world.fleet(), spec.name)
  if (plan.kind === 'none') return
  if (plan.kind === 'resume') {
    if ((await recordedId(world, spec.name)) !== plan.id) await world.store.saveText(path, `${plan.id}\n`)
    return
  }
  if (plan.aside !== undefined) await putAside(world, order, plan.aside)
  if (plan.kind === 'assign') {
    await world.store.saveText(path, `${plan.id}\n`)
    await saveConversation(world, spec.name, spec.backend, { id: plan.id, paths: undefined })
    return
  }
  await world.store.remove(path)
  if (plan.aside !== undefined) await saveConversation(world, spec.name, spec.backend, undefined)
}

async function putAside(world: World, { spec }: StartOrder, { id, as, because }: Aside): Promise<void> {
  const path = `${resumeIdPath(world.fleet(), spec.name)}.${as}`
  await world.store.saveText(path, `${id}\n`)
  if (because === undefined) return
  if (/unknown (?:option|argument)|unexpected argument/i.test(because))
    await world.store.saveText(noSessionIdPath(world.fleet(), spec.name), `${because}\n`)
  world.report({ kind: 'refused', agent: spec.name, because: `${because}, the id is in ${path}` })
}
