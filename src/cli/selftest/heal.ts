import { join } from 'node:path'
import type { Child, Host } from '../../adapters/host/types.ts'
import type { CliDeps } from '../types.ts'
import { failed, type Proof, passed, proof } from './proof.ts'

/** Longest wait for each step; a healthy machine needs a tenth. Milliseconds. */
const PATIENCE_MS = 20_000
const LOOK_EVERY_MS = 50
const SESSION = 'selftest-patient'

interface Ward {
  deps: CliDeps
  host: Host
  folder: string
  env: NodeJS.ProcessEnv
  socket: string
}

/** A fleet of one `sleep`, run by the real watchdog on a tmux server of its own, killed and healed. */
export async function healProofs(deps: CliDeps, host: Host, folder: string): Promise<Proof[]> {
  if (host.which('tmux') === undefined) {
    const hint = await deps.installHint()
    return [failed('tmux is installed', `install it: ${hint('tmux')}`)]
  }
  const ward: Ward = { deps, host, folder, env: cleanEnv(deps.env), socket: join(folder, 't') }
  await host.writeNew(join(folder, 'agents.toml'), patientConfig(ward.socket))
  const up = await ours(ward, ['up', 'patient'])
  if (up.status !== 0)
    return [failed('a session is started', up.stderr + up.stdout), ...(await discharge(ward))]
  const watchdog = host.start([...deps.self, 'run', '--config', join(folder, 'agents.toml')], {
    env: ward.env,
    cwd: folder,
  })
  const proofs = [...(await killAndSee(ward, watchdog)), ...(await stopWatchdog(ward, watchdog))]
  return [passed('a session is started'), ...proofs, ...(await discharge(ward))]
}

function patientConfig(socket: string): string {
  return `[defaults]
session_prefix = "selftest-"
log_dir = "state"
tmux_socket = ${JSON.stringify(socket)}
watch = "heal"
[watchdog]
signal_interval = 1
heavy_interval = 1
[backend.sleeper]
bin = "exec sleep 1000"
prompt_delivery = "exec"
[[agent]]
name = "patient"
backend = "sleeper"
`
}

/** Nothing of the person's own tmux or overrides may reach the test. */
function cleanEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(TMUX|TMUX_PANE|TMUX_TMPDIR|AGENT_(MODEL|BACKEND)_.*|AGENTS_.*)$/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)))
}

async function killAndSee(ward: Ward, watchdog: Child): Promise<Proof[]> {
  const awake = await until(ward, async () => /watchdog-started/.test(watchdog.output()))
  if (!awake) return [failed('the watchdog starts', watchdog.output().slice(-400))]
  const before = await panePid(ward)
  if (before === undefined)
    return [failed('the session is healed after its process was killed', 'no session to kill')]
  // The shell's own: a slim machine has no program of that name.
  await ward.host.run(['sh', '-c', 'kill -KILL "$1"', 'sh', before])
  const begun = ward.deps.now()
  const healed = await until(ward, async () => ![undefined, before].includes(await panePid(ward)))
  const name = `the session is healed after its process was killed${healed ? ` (${ward.deps.now() - begun} ms)` : ''}`
  return [passed('the watchdog starts'), proof(name, healed, watchdog.output().slice(-400))]
}

async function stopWatchdog(ward: Ward, watchdog: Child): Promise<Proof[]> {
  watchdog.kill('SIGTERM')
  const gone = await Promise.race([
    watchdog.exited.then(() => true),
    ward.deps.sleep(PATIENCE_MS, NEVER).then(() => false),
  ])
  if (!gone) watchdog.kill('SIGKILL')
  return [
    proof('the watchdog stops when it is asked to', gone, 'it did not; it was killed'),
    proof('and leaves the session running', (await panePid(ward)) !== undefined, 'the session is gone'),
  ]
}

/** Takes the fleet down by our own verb, then ends whatever session is left, so that the server ends, too. */
async function discharge(ward: Ward): Promise<Proof[]> {
  const down = await ours(ward, ['down', '--grace', '1s'])
  const ended = (await panePid(ward)) === undefined
  const left = await tmux(ward, ['list-sessions', '-F', '#{session_id}'])
  for (const id of left.stdout.split('\n').filter((line) => line !== ''))
    await tmux(ward, ['kill-session', '-t', id])
  return [proof('the session is ended', ended, down.stderr + down.stdout)]
}

const NEVER = new AbortController().signal

function ours(ward: Ward, words: readonly string[]) {
  const argv = [...ward.deps.self, ...words, '--config', join(ward.folder, 'agents.toml')]
  return ward.host.run(argv, { env: ward.env, cwd: ward.folder, timeoutMs: PATIENCE_MS })
}

function tmux(ward: Ward, words: readonly string[]) {
  return ward.host.run(['tmux', '-S', ward.socket, ...words], { env: ward.env, timeoutMs: 5000 })
}

/** Process of the patient's pane while it lives. */
async function panePid(ward: Ward): Promise<string | undefined> {
  const seen = await tmux(ward, ['list-panes', '-t', `=${SESSION}:`, '-F', '#{pane_dead} #{pane_pid}'])
  return /^0 (\d+)$/m.exec(seen.stdout)?.[1]
}

async function until(ward: Ward, seen: () => Promise<boolean>): Promise<boolean> {
  const end = ward.deps.now() + PATIENCE_MS
  while (ward.deps.now() < end) {
    if (await seen()) return true
    await ward.deps.sleep(LOOK_EVERY_MS, NEVER)
  }
  return false
}
