import { resolve } from 'node:path'
import type { ProgramName } from './take-globals.ts'

export interface Session {
  cwd: string
  env: NodeJS.ProcessEnv
  program: ProgramName
  say(text: string): Promise<void>
  /** Once is enough. */
  told: boolean
}

/**
 * The config of a command that names none: that of the folder. In an agent's session its environment tells it where the folder
 * has none, for agents work in folders below the project and in worktrees beside it. Where the folder has another one, `tt` means
 * the session's, whose town every other of its verbs means; `agents` means the folder's, and says so.
 */
export async function configMeant(session: Session, config: string | undefined): Promise<string | undefined> {
  const { cwd, env, program } = session
  const its = env.AGENTS_CONFIG
  if (config !== undefined || !its) return config
  const [{ createConfigFiles }, { recallState }] = await Promise.all([
    import('../adapters/files/config-files.ts'),
    import('../adapters/socket/index.ts'),
  ])
  const files = createConfigFiles()
  const own = resolve(cwd, 'agents.toml')
  const here = files.kindOf(own) !== 'absent' || (await recallState(own)) !== undefined
  if (!here || program === 'tt') return its
  if (!session.told && files.realPath(own) !== files.realPath(its)) {
    session.told = true
    await session.say(
      `the agents.toml of this folder is meant; that of this session: agents --config "$AGENTS_CONFIG" …\n`,
    )
  }
  return undefined
}
