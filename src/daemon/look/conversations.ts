import { bootMessage } from '../../backends/launch.ts'
import type { Subject } from '../../conversation/index.ts'
import type { AgentSpec, BackendSpec, PaneSight } from '../../core/index.ts'
import { kickoffPath, resumeIdPath } from '../names.ts'
import type { World } from '../world.ts'

/** Longest that a look waits for files; what takes longer, as on a network disk, is there at the next. Milliseconds. */
export const conversationMs = 300

/** An agent as the reader of its files sees it; undefined where its backend keeps none that we know. */
export function conversationSubject(
  world: World,
  spec: AgentSpec,
  pane: PaneSight,
  backend: BackendSpec,
): Subject | undefined {
  if (backend.conversation === undefined || pane.dead) return undefined
  const fleet = world.fleet()
  return {
    agent: spec.name,
    dir: spec.dir,
    files: backend.conversation,
    pane,
    // Made when files are searched for, and not at every look.
    get env() {
      return { ...world.env, ...spec.env }
    },
    kickoffs: () => kickoffsOf(world, kickoffPath(fleet, spec.session)),
    givenId: async () => (spec.resume ? await recordedId(world, spec.name) : undefined),
  }
}

/** The prompt of its start, and what a start says instead of a very long one. */
async function kickoffsOf(world: World, path: string): Promise<string[]> {
  const read = await world.files.readText(path)
  return read.kind === 'ok' && read.text.trim() !== '' ? [read.text, bootMessage(path)] : []
}

/** The conversation in `state/<agent>.id`. */
export async function recordedId(world: World, agent: string): Promise<string | undefined> {
  const found = await world.files.readText(resumeIdPath(world.fleet(), agent))
  const id = found.kind === 'ok' ? found.text.trim() : ''
  return id === '' ? undefined : id
}
