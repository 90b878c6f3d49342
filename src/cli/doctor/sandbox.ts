import { dirname, join } from 'node:path'
import type { AgentSpec, BackendSpec } from '../../core/index.ts'
import { type Check, type Patient, warning } from './check.ts'

/** What lets the commands of Codex connect: said on its command line, or in a config.toml of its own. */
const OPENED =
  /network_access\s*=\s*true|danger-full-access|dangerously-bypass-approvals-and-sandbox|--yolo\b|(?:^|\s)(?:-p|--profile|-P|--permission-profile)\b|^\s*(?:profile|default_permissions)\s*=/m

/**
 * Agents whose CLI lets none of its commands connect to the town (seen with Codex 0.169.0 on Linux: EPERM, for sockets in
 * the file system, too). What they settle goes by a file (`LeftWords`), which its read-only sandbox refuses, too.
 */
export async function sandboxChecks({ fleet, host, deps }: Patient): Promise<Check[]> {
  if (fleet === undefined) return []
  const shut: string[] = []
  for (const spec of fleet.agents) {
    const backend = fleet.backends[spec.backend]
    if (backend?.preset !== 'codex' || !spec.enabled || (spec.inbox === 'off' && spec.kind !== 'worker'))
      continue
    const texts = [commandLine(backend), ...(await ownConfigs(spec, host.readText, deps.home, deps.env))]
    if (!texts.some((text) => OPENED.test(text))) shut.push(spec.name)
  }
  if (shut.length === 0) return []
  return [
    warning(
      'town.sandbox',
      `The sandbox of Codex lets no command connect: ${shut.join(', ')} cannot send, take or ask for anything of the town. What it acknowledges and completes goes by a file where it may write to /tmp (workspace-write), and nowhere else.`,
      'Let its commands connect, to the network, too: in its [backend.*] flags = "--sandbox workspace-write -c sandbox_workspace_write.network_access=true". Or inbox = "off" for it (docs/tinytown.md, "What its CLI may do").',
    ),
  ]
}

const commandLine = ({ bin, flags, roundCmd }: BackendSpec): string => [bin, flags, roundCmd ?? ''].join(' ')

/** Its own file, and that of the project it works in. */
async function ownConfigs(
  { dir, env }: AgentSpec,
  read: (path: string) => Promise<string | undefined>,
  home: string,
  outer: NodeJS.ProcessEnv,
): Promise<string[]> {
  const own = env.CODEX_HOME ?? outer.CODEX_HOME ?? join(home, '.codex')
  const texts: string[] = []
  for (const folder of [own, ...above(dir).map((one) => join(one, '.codex'))])
    texts.push((await read(join(folder, 'config.toml'))) ?? '')
  return texts
}

function above(dir: string): string[] {
  const up = dirname(dir)
  return up === dir ? [dir] : [dir, ...above(up)]
}
