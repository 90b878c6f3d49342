import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execaSync } from 'execa'
import type { AgentReport, FleetEvent, WhyReport } from '../../../src/core/index.ts'
import { createRemoteControl } from '../../../src/daemon/control/remote.ts'
import { createSandbox, prefix, type Run, type Sandbox } from '../../support/sandbox.ts'
import type { Cli, Place } from '../clis/cli.ts'
import type { StubApi } from '../stub/api.ts'

/** A fleet of one agent of a real CLI, run by the built program in a sandbox. */
export interface RealFleet {
  box: Sandbox
  place: Place
  kickoff: string
  agents(...args: string[]): Promise<Run>
  /** The agent as the running watchdog sees it, without a process of ours. */
  report(): Promise<AgentReport>
  why(): Promise<WhyReport>
  /** Waits until its turn is over, as its model and its screen have it. */
  idle(): Promise<unknown>
  /** Pushes a commit that pings the agent; answers its hash, which the ping names. */
  push(): string
  screen(): string
  title(): string
  key(name: string): void
  submitted(hash: string): FleetEvent[]
  /** Processes whose environment says that they came from this sandbox. */
  processes(): string[]
  end(): Promise<void>
}

export const agentName = 'a'

/** Two lines, so that it has to be pasted; and what a shell or tmux would change. */
export const pingText = (hash: string): string =>
  `rehearsal ping ${hash}: answer with words; \`x\` $(y) #{z} "q" \\n.\nIts second line, don't run anything.`

/** Everything that a shell or a JSON string could spoil. */
const kickoff = `You are agent "a" of a rehearsal; it's harmless.
Line two: \`backticks\`, $(echo substituted), \${HOME}, #{pane_id}, %d; 100% \\n \\\\ 'single' "double" <tag> & | *
    indented, a tab\there, ünïcödé 世界 🙂

Last line after a blank one: answer with words.`

/** @param more of the config, put behind the agent and before the loop */
export function createRealFleet(cli: Cli, binDir: string, api: StubApi, more = ''): RealFleet {
  const box = createSandbox()
  const place: Place = { home: box.dir, work: join(box.dir, 'work'), url: api.url }
  const push = repositories(box)
  for (const [path, text] of Object.entries(cli.files(place))) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  box.write('kick.md', `${kickoff}\n`)
  box.config(configOf(cli, more))
  const env = { ...cli.env(place), PATH: `${binDir}:${process.env.PATH ?? ''}` }
  const control = createRemoteControl(join(box.dir, 'logs/state'), join(box.dir, 'logs/state/control.sock'))
  const pane = `=${prefix}${agentName}:`
  const report = async () => (await control.status()).agents[0]!
  const screen = () => box.tmux('capture-pane', '-p', '-t', pane).stdout
  return {
    box,
    place,
    kickoff,
    agents: (...args) => box.agentsWith(env, ...args),
    report,
    why: () => control.why(agentName),
    idle: () =>
      box.until(
        `idle; the screen is ${screen()}`,
        async () => (!api.busy() && (await report()).reading === 'idle') || undefined,
        90_000,
      ),
    push,
    screen,
    title: () => box.tmux('display-message', '-p', '-t', pane, '#{pane_title}').stdout,
    key: (name) => void box.tmux('send-keys', '-t', pane, name),
    submitted: (hash) => {
      const ids = new Set(
        box
          .events()
          .filter((event) => event.kind === 'ping-submitted' && String(event.id).includes(hash))
          .map((event) => event.id),
      )
      return box.events().filter((event) => event.kind === 'ping-submitted' && ids.has(event.id))
    },
    processes: () => processesOf(box.dir),
    end: () => box.end(),
  }
}

const configOf = (cli: Cli, more: string): string => `
[watchdog]
limit_reset_slack = "2s"
limit_probe_fallback = "15s"
[[agent]]
name = "${agentName}"
kind = "persistent"
backend = "${cli.name}"
watch = "heal+stall"
dir = "work"
prompt_file = "kick.md"
${cli.agent}
${more}
[loop.handoff]
repo = "work"
branch = "main"
[[loop.handoff.routes]]
pattern = '^ping'
to = "${agentName}"
message = ${JSON.stringify(pingText('{hash}'))}
`

function repositories(box: Sandbox): () => string {
  const quiet = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const git = (cwd: string, ...args: string[]): string =>
    execaSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: box.dir, ...quiet },
      extendEnv: false,
    }).stdout
  const pusher = join(box.dir, 'pusher')
  git(box.dir, 'init', '-q', '--bare', '-b', 'main', 'origin.git')
  git(box.dir, 'clone', '-q', 'origin.git', 'pusher')
  const push = (subject: string): string => {
    git(pusher, 'commit', '-q', '--allow-empty', '-m', subject)
    git(pusher, 'push', '-q', 'origin', 'HEAD:main')
    return git(pusher, 'rev-parse', '--short=7', 'HEAD')
  }
  push('start')
  git(box.dir, 'clone', '-q', 'origin.git', 'work')
  let count = 0
  return () => {
    count += 1
    return push(`ping ${count}`)
  }
}

function processesOf(home: string): string[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const mine = `\0${readFileSync(`/proc/${entry}/environ`, 'utf8')}`.includes(`\0HOME=${home}\0`)
      return mine
        ? [`${entry} ${readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`]
        : []
    } catch {
      // Gone meanwhile, or another user's.
      return []
    }
  })
}
