import { join } from 'node:path'
import { claudeHooks, codexNotify, hooksClash, setsNotify } from '../../backends/hooks.ts'
import type { AgentSpec, BackendSpec } from '../../core/index.ts'
import { hooksPath } from '../names.ts'
import type { World } from '../world.ts'

/**
 * Makes ready what the backend's hook option is to name: a settings file of this agent's own in the state folder, so
 * that nothing is ever written into the user's settings.
 * @returns undefined when it gets none: switched off, not known, or something of the user's own has the place
 */
export async function prepareHooks(
  world: World,
  spec: AgentSpec,
  backend: BackendSpec,
): Promise<{ file: string; notify: string } | undefined> {
  const { hooks, hooksFlag, promptDelivery } = backend
  if (!hooks || hooksFlag === '' || promptDelivery !== 'arg' || hooksClash(backend) !== undefined)
    return undefined
  if (hooksFlag.includes('{notify}') && (await ownNotify(world, spec))) return undefined
  const program = [world.program.node, world.program.entry]
  const file = hooksPath(world.fleet(), spec.session)
  if (hooksFlag.includes('{hooks}')) {
    const text = claudeHooks(program)
    const old = await world.store.loadText(file)
    if (old.kind !== 'ok' || old.text !== text) await world.store.saveText(file, text)
  }
  return { file, notify: codexNotify(program) }
}

/** Codex starts one notify program: the user's own stays. It reads the user's config and the project's. */
async function ownNotify(world: World, { env, dir }: AgentSpec): Promise<boolean> {
  const home = env.HOME ?? world.env.HOME ?? ''
  const codexHome = env.CODEX_HOME ?? world.env.CODEX_HOME ?? join(home, '.codex')
  const configs = [join(codexHome, 'config.toml'), join(dir, '.codex/config.toml')]
  const texts = await Promise.all(configs.map((path) => world.files.readText(path)))
  return texts.some((read) => read.kind === 'ok' && setsNotify(read.text))
}
