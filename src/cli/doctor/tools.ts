import { type Check, ok, type Patient, warning } from './check.ts'

interface Wanted {
  command: 'tmux' | 'git' | 'redis-server'
  /** What does as well. */
  or?: string
  args: string[]
  /** Oldest version that works. */
  least: readonly [number, number]
  needed: boolean
}

const wanted = (patient: Patient): readonly Wanted[] => [
  { command: 'tmux', args: ['-V'], least: [3, 2], needed: true },
  { command: 'git', args: ['--version'], least: [2, 20], needed: true },
  {
    command: 'redis-server',
    or: 'valkey-server',
    args: ['--version'],
    least: [7, 0],
    needed: ownRedis(patient),
  },
]

/** A town that was asked for, with no server named, lives on one that the fleet starts. */
function ownRedis({ fleet, deps }: Patient): boolean {
  if (fleet === undefined || (deps.env.REDIS_URL ?? '').trim() !== '') return false
  const { mode, redisUrl, filePath } = fleet.town
  return mode === 'on' && redisUrl === undefined && filePath === undefined
}

/** The tools that are started by name, and the interpreter we run in. */
export async function toolChecks(patient: Patient): Promise<Check[]> {
  const hint = await patient.deps.installHint()
  const tools = await Promise.all(wanted(patient).map((tool) => toolCheck(tool, patient, hint)))
  return [nodeCheck(), ...tools, ...(await agentPrograms(patient))]
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const good = major > 20 || (major === 20 && minor >= 19)
  return good
    ? ok('tool.node', `node ${process.versions.node}`)
    : {
        id: 'tool.node',
        level: 'missing',
        what: `node ${process.versions.node} is too old.`,
        fix: 'Install node 20.19 or later.',
      }
}

async function toolCheck(
  tool: Wanted,
  { host }: Patient,
  hint: (tool: Wanted['command']) => string,
): Promise<Check> {
  const id = `tool.${tool.command}`
  const path = host.which(tool.command) ?? (tool.or === undefined ? undefined : host.which(tool.or))
  if (path === undefined) {
    if (!tool.needed)
      return ok(
        id,
        `${tool.command} is not installed; only a town on a server of the fleet's own needs it (${hint(tool.command)})`,
      )
    return {
      id,
      level: 'missing',
      what: `${tool.command} is not installed, or not on PATH.`,
      fix: hint(tool.command),
    }
  }
  const said = (await host.run([path, ...tool.args])).stdout.trim().split('\n')[0] ?? ''
  const version = /(\d+)\.(\d+)/.exec(said)
  if (version === null) return warning(id, `${path} does not say its version ("${said}").`)
  const [major, minor] = [Number(version[1]), Number(version[2])]
  const good = major > tool.least[0] || (major === tool.least[0] && minor >= tool.least[1])
  if (good) return ok(id, said)
  const what = `${said} is older than ${tool.least.join('.')}.`
  return { id, level: tool.needed ? 'missing' : 'warning', what, fix: hint(tool.command) }
}

/** The program of each backend that an enabled agent uses. A shell may know more than PATH does, so only a warning. */
async function agentPrograms({ fleet, host }: Patient): Promise<Check[]> {
  if (fleet === undefined) return []
  const used = new Set(fleet.agents.filter((agent) => agent.enabled).map((agent) => agent.backend))
  return [...used].flatMap((name) => {
    const program = /^[A-Za-z0-9_./-]+(?=\s|$)/.exec(fleet.backends[name]?.bin.trim() ?? '')?.[0]
    if (program === undefined || program.startsWith('.') || SHELL_WORDS.has(program)) return []
    const path = host.which(program)
    const id = `backend.${name}`
    return path === undefined
      ? [
          warning(
            id,
            `${program}, the program of backend ${name}, is not on PATH.`,
            'Install it, or write its path in bin.',
          ),
        ]
      : [ok(id, `${name}: ${path}`)]
  })
}

const SHELL_WORDS = new Set([
  'exec',
  'cd',
  'while',
  'for',
  'if',
  'set',
  'export',
  'eval',
  'source',
  'trap',
  'ulimit',
  'command',
])
