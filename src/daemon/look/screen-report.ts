import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec, ScreenReport } from '../../core/index.ts'
import type { Crew } from '../engine.ts'

/** Looks at one agent's terminal anew. undefined: no process of it lives, or tmux cannot be asked. */
export async function screenReport(
  { observer, world }: Crew,
  spec: AgentSpec,
): Promise<ScreenReport | undefined> {
  const seen = await observer.fresh(spec)
  if (seen === undefined) return undefined
  const { pane, reading, text } = seen
  return {
    agent: spec.name,
    backend: spec.backend,
    preset: screenBackend(world.fleet(), spec)?.preset,
    at: world.clock.now().wall,
    text,
    title: pane.title,
    command: pane.command,
    width: pane.width,
    height: pane.height,
    reading,
  }
}
