import { canResume } from '../../backends/launch.ts'
import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec } from '../../core/index.ts'
import { resumeIdPath } from '../names.ts'
import type { World } from '../world.ts'
import { loadConversations, saveConversation } from './conversation-record.ts'
import { recordedId } from './conversations.ts'

/** Ids come from files that other programs write: only what an option can hold is kept. */
const plausible = /^[A-Za-z0-9][\w.:-]{0,127}$/

export interface ConversationKeeper {
  /** Writes down which conversations these agents are in, where that is news. */
  keep(agents: readonly AgentSpec[]): Promise<void>
}

/** Keeps `state/<agent>.id` true for agents that resume: what was found, and where a person went on in another one. */
export function createConversationKeeper(world: World): ConversationKeeper {
  const kept = new Map<string, string>()

  async function keepOne(spec: AgentSpec): Promise<void> {
    const id = world.conversations.id(spec.name)
    if (id === undefined || !plausible.test(id)) return
    const paths = [...world.conversations.paths(spec.name)]
    const key = [spec.backend, id, ...paths].join('\n')
    if (kept.get(spec.name) === key) return
    kept.set(spec.name, key)
    const old = (await loadConversations(world, spec.name))[spec.backend]
    if (old?.id !== id || old.paths?.join('\n') !== paths.join('\n'))
      await saveConversation(world, spec.name, spec.backend, { id, paths })
    if ((await recordedId(world, spec.name)) === id) return
    await world.store.saveText(resumeIdPath(world.fleet(), spec.name), `${id}\n`)
    world.report({
      kind: 'conversation',
      agent: spec.name,
      conversation: id,
      because: 'found in the files of its program',
    })
  }

  return {
    keep: async (agents) => {
      const resuming = agents.filter((spec) => {
        const backend = screenBackend(world.fleet(), spec)
        return spec.resume && backend?.conversation !== undefined && canResume(backend)
      })
      for (const spec of resuming) await keepOne(spec)
    },
  }
}
