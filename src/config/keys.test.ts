import { describe, expect, test } from 'vitest'
import { AGENT, fleetOf, HEAD, makeProject } from '../../test/support/project.ts'
import type {
  AgentSpec,
  BackendSpec,
  Fleet,
  LoopSpec,
  NotifySpec,
  ServiceSpec,
  WorkerSpec,
} from '../core/index.ts'
import { tablesOfSchema } from './keys.ts'

interface Case {
  toml: string
  /** What the key is there to change, without it and with it. */
  of: (fleet: Fleet) => unknown
  without: unknown
  with: unknown
}

const LOOP = '[[agent]]\nname = "l"\nkind = "loop"\nrole = "r"\nbackend = "b"\n'
const agent = (fleet: Fleet): AgentSpec => fleet.agents[0]!
const backend = (fleet: Fleet): BackendSpec => fleet.backends.b!
const loop = (fleet: Fleet): LoopSpec => fleet.loop!
const service = (fleet: Fleet): ServiceSpec => fleet.services[0]!

const cases: Record<string, Case> = {}
const add = (path: string, toml: string, of: Case['of'], without: unknown, withIt: unknown) => {
  cases[path] = { toml, of, without, with: withIt }
}

/** Inserts a line right below a header of the base config. */
const under = (base: string, header: string, line: string) => base.replace(header, `${header}\n${line}`)

// [defaults]
const BASE = HEAD + AGENT
add('defaults.session_prefix', BASE.replace('"p-"', '"q-"'), (f) => agent(f).session, 'p-a', 'q-a')
add('defaults.log_dir', BASE.replace('"logs"', '"other"'), (f) => f.logDir.endsWith('/other'), false, true)
add(
  'defaults.project_dir',
  under(BASE, '[defaults]', 'project_dir = "sub"'),
  (f) => agent(f).dir.endsWith('/sub'),
  false,
  true,
)
add(
  'defaults.tmux_socket',
  under(BASE, '[defaults]', 'tmux_socket = "mine"'),
  (f) => f.tmux,
  { kind: 'default' },
  { kind: 'name', name: 'mine' },
)

// [[agent]]
const ofAgent = (line: string, of: (a: AgentSpec) => unknown, without: unknown, withIt: unknown) =>
  add(`agent.${line.split(' ')[0]}`, `${BASE}${line}\n`, (f) => of(agent(f)), without, withIt)
add('agent.name', BASE.replace('name = "a"', 'name = "z"'), (f) => agent(f).session, 'p-a', 'p-z')
ofAgent('session = "s"', (a) => a.session, 'p-a', 's')
ofAgent('kind = "task"', (a) => [a.kind, a.restart], ['persistent', 'permanent'], ['task', 'transient'])
ofAgent('role = "r"', (a) => a.role, undefined, 'r')
add(
  'agent.backend',
  `${BASE.replace('backend = "b"', 'backend = "c"')}[backend.c]\nbin = "c"\n`,
  (f) => agent(f).backend,
  'b',
  'c',
)
ofAgent('model = "m"', (a) => a.model, '', 'm')
ofAgent('watch = "heal+stall"', (a) => a.watch, 'none', 'heal+stall')
ofAgent('enabled = false', (a) => a.enabled, true, false)
ofAgent('dir = "sub/x"', (a) => a.dir.endsWith('/sub/x'), false, true)
ofAgent('prompt = "do"', (a) => a.prompt, { kind: 'none' }, { kind: 'inline', text: 'do' })
ofAgent('prompt_file = "p.md"', (a) => a.prompt.kind, 'none', 'file')
ofAgent('resume = true', (a) => a.resume, false, true)
ofAgent('wake = { prompt_file = "w.md" }', (a) => a.wake?.intervalMs, undefined, 3_600_000)
ofAgent('restart = "temporary"', (a) => a.restart, 'permanent', 'temporary')
ofAgent('stop_grace = "9s"', (a) => a.stopGraceMs, 5000, 9000)
ofAgent('on_limit = "ask"', (a) => a.onLimit, { kind: 'wait' }, { kind: 'ask' })
ofAgent('on_limit = { switch = "fast" }', (a) => a.onLimit, { kind: 'wait' }, { kind: 'switch', to: 'fast' })
ofAgent('inbox = "notify"', (a) => a.inbox, 'deliver', 'notify')
ofAgent('env = { KEY = "v" }', (a) => a.env, {}, { KEY: 'v' })
const ofWorker = (line: string, of: (w: WorkerSpec) => unknown, withIt: unknown) =>
  add(
    `agent.${line.split(' ')[0]}`,
    `${under(BASE, '[backend.b]', 'round_cmd = "r"')}kind = "worker"\n${line}\n`,
    (f) => {
      const { worker } = agent(f)
      return worker && of(worker)
    },
    undefined,
    withIt,
  )
ofWorker('max_rounds = 3', (w) => w.maxRounds, 3)
ofWorker('idle_timeout = "5m"', (w) => w.idleTimeoutMs, 300_000)
ofWorker('round_timeout = "10m"', (w) => w.roundTimeoutMs, 600_000)
const WAKE = `${BASE}wake = { prompt_file = "w.md" }\n`
add('agent.wake.prompt_file', WAKE, (f) => agent(f).wake?.promptPath.endsWith('/w.md'), undefined, true)
add(
  'agent.wake.interval',
  `${BASE}wake = { prompt_file = "w.md", interval = "5m" }\n`,
  (f) => agent(f).wake?.intervalMs,
  undefined,
  300_000,
)

// [backend.*]
const ofBackend = (line: string, of: (b: BackendSpec) => unknown, without: unknown, withIt: unknown) =>
  add(
    `backend.${line.split(' ')[0]}`,
    under(BASE, '[backend.b]', line),
    (f) => of(backend(f)),
    without,
    withIt,
  )
add(
  'backend.preset',
  BASE.replace('bin = "b"', 'preset = "claude"'),
  (f) => backend(f).bin,
  'b',
  'claude-cli',
)
add('backend.bin', BASE.replace('bin = "b"', 'bin = "c --x"'), (f) => backend(f).bin, 'b', 'c --x')
ofBackend('prompt_delivery = "exec"', (b) => b.promptDelivery, 'arg', 'exec')
ofBackend('process_name = "node"', (b) => b.processName, undefined, 'node')
for (const [key, field] of [
  ['active_re', 'active'],
  ['limit_re', 'limit'],
  ['fatal_re', 'fatal'],
  ['blocked_re', 'blocked'],
  ['auth_re', 'auth'],
  ['context_re', 'context'],
  ['billing_re', 'billing'],
  ['overload_re', 'overload'],
  ['crash_re', 'crash'],
  ['start_re', 'start'],
  ['asking_re', 'asking'],
  ['composer_re', 'composer'],
  ['title_working_re', 'titleWorking'],
  ['title_idle_re', 'titleIdle'],
  ['title_asking_re', 'titleAsking'],
  ['paste_marker_re', 'pasteMarker'],
  ['queued_re', 'queued'],
  ['round_limit_re', 'roundLimit'],
] as const)
  ofBackend(`${key} = 'x+'`, (b) => b.patterns[field], undefined, 'x+')
ofBackend('footer_ui = true', (b) => b.footerUi, false, true)
ofBackend('log_grace = 60', (b) => b.logGraceMs, 180_000, 60_000)
ofBackend('stall_idle = "1m"', (b) => b.stallIdleMs, 300_000, 60_000)
ofBackend('submit_key = "C-m"', (b) => b.submitKey, 'Enter', 'C-m')
ofBackend('boot_submit_key = "Enter"', (b) => b.bootSubmitKey, 'C-m', 'Enter')
ofBackend('interrupt_key = "Escape"', (b) => b.interruptKey, undefined, 'Escape')
ofBackend('steers = true', (b) => b.steers, false, true)
ofBackend('steady_active = true', (b) => b.steadyActive, false, true)
ofBackend('connect_delay = 1', (b) => b.connectDelayMs, 12_000, 1000)
ofBackend('attach = "{bin} --to {server}"', (b) => b.attach, '{bin}', '{bin} --to {server}')
ofBackend('server = "http://x"', (b) => b.server, '', 'http://x')
ofBackend('preamble = "cd x"', (b) => b.preamble, '', 'cd x')
ofBackend('model_env = true', (b) => b.modelEnv, false, true)
ofBackend('supports_resume = true', (b) => b.supportsResume, false, true)
ofBackend('prompt_flag = "-p"', (b) => b.promptFlag, '', '-p')
ofBackend('session_id_flag = "-i {id}"', (b) => b.sessionIdFlag, '', '-i {id}')
ofBackend("resume_refused_re = 'x+'", (b) => b.resumeRefused, undefined, 'x+')
ofBackend('resume_flag = "-r {id}"', (b) => b.resumeFlag, "--resume '{id}'", '-r {id}')
ofBackend('remote_control = true', (b) => b.remoteControl, false, true)
ofBackend(
  'remote_control_flag = "-c {session}"',
  (b) => b.remoteControlFlag,
  "--remote-control '{session}'",
  '-c {session}',
)
ofBackend('model_flag = "-m {model}"', (b) => b.modelFlag, "--model '{model}'", '-m {model}')
ofBackend('flags = "--yolo"', (b) => b.flags, '', '--yolo')
ofBackend('conversation = "codex"', (b) => b.conversation?.format, undefined, 'codex')
ofBackend('conversation_home = ["~/c"]\nconversation = "codex"', (b) => b.conversation?.home, undefined, [
  '~/c',
])
ofBackend('round_cmd = "{bin} -p"', (b) => b.roundCmd, undefined, '{bin} -p')
ofBackend('account = "work"', (b) => b.account, 'b', 'work')
ofBackend('hooks = true', (b) => b.hooks, false, true)
ofBackend('hooks_flag = "--x {hooks}"', (b) => b.hooksFlag, '', '--x {hooks}')
ofBackend('pass_env = ["A", "B_*"]', (b) => b.passEnv, [], ['A', 'B_*'])

// [notify]
const NOTIFIED = `${BASE}[notify]\nbell = true\n`
const ofNotify = (line: string, of: (n: NotifySpec) => unknown, withIt: unknown) =>
  add(
    `notify.${line.split(' ')[0]}`,
    `${NOTIFIED}${line}\n`,
    (f) => f.notify && of(f.notify),
    undefined,
    withIt,
  )
ofNotify('command = ["say", "it"]', (n) => n.command, ['say', 'it'])
ofNotify('webhook = "https://h.example/x"', (n) => n.webhook, 'https://h.example/x')
ofNotify('webhook_token_env = "TOKEN"', (n) => n.webhookTokenEnv, 'TOKEN')
add('notify.bell', NOTIFIED, (f) => f.notify?.bell, undefined, true)
ofNotify('on = ["parked"]', (n) => n.on, ['parked'])
ofNotify('batch = "2s"', (n) => n.batchMs, 2000)
ofNotify('rate = 5', (n) => n.perHour, 5)
ofNotify('timeout = "3s"', (n) => n.timeoutMs, 3000)

// [town]
const TOWN = `${BASE}[town]\n`
const ofTown = (line: string, of: (f: Fleet) => unknown, without: unknown, withIt: unknown) =>
  add(`town.${line.split(' ')[0]}`, `${TOWN}${line}\n`, of, without, withIt)
ofTown('enabled = false', (f) => f.town.mode, 'auto', 'off')
ofTown('name = "shop"', (f) => f.town.name, undefined, 'shop')
ofTown('redis_url = "redis://h:1/2"', (f) => f.town.redisUrl, undefined, 'redis://h:1/2')
ofTown('redis_password_env = "PW"', (f) => f.town.passwordEnv, 'TINYTOWN_REDIS_PASSWORD', 'PW')
ofTown('redis_ca = "ca.pem"', (f) => f.town.caPath?.endsWith('/ca.pem'), undefined, true)
ofTown('file = "tinytown.toml"', (f) => f.town.filePath?.endsWith('/tinytown.toml'), undefined, true)
ofTown('fsync = "always"', (f) => f.town.fsync, 'everysec', 'always')
ofTown('lease = "2m"', (f) => f.town.leaseMs, 900_000, 120_000)

// [[service]]
const SERVICE = `${BASE}[[service]]\nname = "web"\ncommand = "serve"\n`
add('service.name', SERVICE, (f) => f.services[0]?.session, undefined, 'p-web')
add('service.command', SERVICE, (f) => f.services[0]?.command, undefined, 'serve')
add(
  'service.dir',
  `${SERVICE}dir = "w"\n`,
  (f) => f.services[0] && service(f).dir.endsWith('/w'),
  undefined,
  true,
)

// [watchdog]
const ofWatchdog = (line: string, of: Case['of'], without: unknown, withIt: unknown) =>
  add(`watchdog.${line.split(' ')[0]}`, `${BASE}[watchdog]\n${line}\n`, of, without, withIt)
ofWatchdog(
  'signal_interval = 0.5',
  (f) => [f.watchdog.signalIntervalMs, f.watchdog.tickMs],
  [30_000, 1000],
  [500, 500],
)
ofWatchdog(
  'heavy_interval = 0.2',
  (f) => [f.watchdog.heavyIntervalMs, f.watchdog.tickMs],
  [300_000, 1000],
  [200, 200],
)
ofWatchdog('stall_grace = "20"', (f) => f.watchdog.stallGraceMs, 180_000, 20_000)
ofWatchdog('limit_probe_fallback = 10', (f) => f.watchdog.limitProbeFallbackMs, 300_000, 10_000)
ofWatchdog('limit_reset_slack = 1', (f) => f.watchdog.limitResetSlackMs, 45_000, 1000)
ofWatchdog('limit_stagger = 2', (f) => f.watchdog.limitStaggerMs, 8000, 2000)
ofWatchdog(
  'overload_waits = ["5s", 60]',
  (f) => f.watchdog.overloadWaitsMs,
  [30_000, 60_000, 120_000, 300_000],
  [5000, 60_000],
)
ofWatchdog('stop_removed = true', (f) => f.watchdog.stopRemoved, false, true)
ofWatchdog('apply_now = true', (f) => f.watchdog.applyNow, false, true)
ofWatchdog('stop_grace = 1', (f) => agent(f).stopGraceMs, 5000, 1000)
ofWatchdog('restart_intensity = 2', (f) => f.watchdog.governor.intensity, 5, 2)
ofWatchdog('restart_period = 2', (f) => f.watchdog.governor.periodMs, 60_000, 2000)
ofWatchdog('backoff_initial = 2', (f) => f.watchdog.governor.backoffInitialMs, 1000, 2000)
ofWatchdog('backoff_max = 2', (f) => f.watchdog.governor.backoffMaxMs, 300_000, 2000)
ofWatchdog('backoff_jitter = 0', (f) => f.watchdog.governor.backoffJitter, 0.2, 0)
ofWatchdog('park_after = 2', (f) => f.watchdog.governor.parkAfter, 10, 2)
ofWatchdog('park_period = 2', (f) => f.watchdog.governor.parkPeriodMs, 900_000, 2000)
ofWatchdog('healthy_after = 2', (f) => f.watchdog.governor.healthyAfterMs, 600_000, 2000)
ofWatchdog('start_rate = 2.5', (f) => f.watchdog.governor.startRate, 50, 2.5)
ofWatchdog('common_cause = 9', (f) => f.watchdog.governor.commonCause, 3, 9)
ofWatchdog('fleet_intensity = 9', (f) => f.watchdog.governor.fleetIntensity, 60, 9)
ofWatchdog('log_max = "1MB"', (f) => f.watchdog.logMaxBytes, 10 * 1024 * 1024, 1024 * 1024)
ofWatchdog('typing_grace = "5s"', (f) => f.watchdog.typingGraceMs, 30_000, 5000)
ofWatchdog('message_inline = "8KB"', (f) => f.watchdog.messageInlineBytes, 4096, 8192)
ofWatchdog('log_keep = 0', (f) => f.watchdog.logKeep, 3, 0)
ofWatchdog('regex_deadline = "5ms"', (f) => f.watchdog.regexDeadlineMs, 50, 5)
ofWatchdog('tmux_deadline = 1', (f) => f.watchdog.tmuxDeadlineMs, 2000, 1000)
ofWatchdog('git_deadline = 1', (f) => f.watchdog.gitDeadlineMs, 20_000, 1000)

// [[policy]]
const POLICY = `${BASE}[[policy]]\nanswer = "Yes"\n`
const ofPolicy = (line: string, of: (p: Fleet['policies'][number]) => unknown, withIt: unknown) =>
  add(
    `policy.${line.split(' ')[0]}`,
    `${POLICY}${line}\n`,
    (f) => f.policies[0] && of(f.policies[0]),
    undefined,
    withIt,
  )
ofPolicy('name = "trust"', (p) => p.id, 'trust')
ofPolicy('dialog = "trust"', (p) => p.dialog, 'trust')
ofPolicy('agents = ["a"]', (p) => p.agents, ['a'])
ofPolicy('backend = "b"', (p) => p.backend, 'b')
ofPolicy("match = 'npm'", (p) => p.match, 'npm')
ofPolicy('max_per_hour = 3', (p) => p.maxPerHour, 3)
add(
  'policy.answer',
  `${POLICY}[[policy]]\nanswer = '/^Yes,/'\n`,
  (f) => f.policies.map((one) => one.answer),
  [],
  [
    { kind: 'words', text: 'Yes' },
    { kind: 'regex', text: '/^Yes,/', source: '^Yes,' },
  ],
)

// [loop]
const LOOPED = BASE + LOOP
const ofLoop = (line: string, of: (l: LoopSpec) => unknown, without: unknown, withIt: unknown) =>
  add(
    `loop.${line.split(' ')[0]}`,
    `${LOOPED}[loop]\n${line}\n`,
    (f) => f.loop && of(loop(f)),
    without,
    withIt,
  )
const PHASE = 'phases = [{ id = "one", status = "docs/S.md"'
ofLoop(`${PHASE} }]`, (l) => l.phases.length, undefined, 1)
ofLoop('kickoff_template = "k.md"', (l) => l.kickoffTemplatePath?.endsWith('/k.md'), undefined, true)
ofLoop('roles_dir = "roles"', (l) => l.rolesDir.endsWith('/roles'), undefined, true)
ofLoop('state_file = "idx"', (l) => l.stateFilePath.endsWith('/logs/state/idx'), undefined, true)
ofLoop('resume_phase = false', (l) => l.resumePhase, undefined, false)
ofLoop('done_marker = "FIN"', (l) => l.doneMarker, undefined, 'FIN')
ofLoop('auto_advance = false', (l) => l.autoAdvance, undefined, false)
ofLoop('handoff = { claim_pings = "a", review_pings = "l" }', (l) => l.handoff.enabled, undefined, true)
ofLoop('on_complete = { run = "a" }', (l) => l.onComplete?.run, undefined, 'a')
const ofPhase = (line: string, of: (l: LoopSpec) => unknown, withIt: unknown) =>
  add(
    `loop.phases.${line.split(' ')[0]}`,
    `${LOOPED}[loop]\n${PHASE}, ${line} }]\n`,
    (f) => f.loop && of(loop(f)),
    undefined,
    withIt,
  )
add('loop.phases.id', `${LOOPED}[loop]\n${PHASE} }]\n`, (f) => f.loop?.phases[0]?.id, undefined, 'one')
add(
  'loop.phases.status',
  `${LOOPED}[loop]\n${PHASE} }]\n`,
  (f) => f.loop?.phases[0]?.status,
  undefined,
  'S.md',
)
ofPhase('plan = "p"', (l) => l.phases[0]?.plan, 'p')
ofPhase('models = { r = "big" }', (l) => l.phases[0]?.models, { r: 'big' })

const PINGS = 'claim_pings = "a"\nreview_pings = "l"\n'
const ofHandoff = (line: string, of: (h: LoopSpec['handoff']) => unknown, withIt: unknown, pings = PINGS) =>
  add(
    `loop.handoff.${line.split(' ')[0]}`,
    `${LOOPED}[loop.handoff]\n${pings}${line}\n`,
    (f) => f.loop && of(loop(f).handoff),
    undefined,
    withIt,
  )
ofHandoff('repo = "r"', (h) => h.repo.endsWith('/r') && h.routes[0]?.repo.endsWith('/r'), true)
ofHandoff('state_subdir = "docs"', (h) => h.stateSubdir, 'docs')
ofHandoff('remote = "up"', (h) => [h.remote, h.routes[0]?.remote], ['up', 'up'])
ofHandoff('branch = "dev"', (h) => [h.branch, h.routes[1]?.branch], ['dev', 'dev'])
ofHandoff("claim_pattern = '^c'", (h) => h.routes[0]?.pattern, '^c')
ofHandoff("review_pattern = '^r'", (h) => h.routes[1]?.pattern, '^r')
ofHandoff('claim_pings = "l"', (h) => h.routes[0]?.to, 'l', '')
ofHandoff('review_pings = "a"', (h) => h.routes[1]?.to, 'a', '')
ofHandoff('inboxes = ["x/A.md", "B.md"]', (h) => h.inboxes, [
  { file: 'A.md', agent: 'a' },
  { file: 'B.md', agent: 'l' },
])
const ROUTE = 'routes = [{ pattern = "^ship", to = "a"'
ofHandoff(`${ROUTE} }]`, (h) => h.routes.map((r) => r.id), ['claim', 'review', 'route-1'])
const ofRoute = (line: string, of: (r: LoopSpec['handoff']['routes'][number]) => unknown, withIt: unknown) =>
  add(
    `loop.handoff.routes.${line.split(' ')[0]}`,
    `${LOOPED}[loop.handoff]\n${ROUTE}, ${line} }]\n`,
    (f) => f.loop && of(loop(f).handoff.routes[0]!),
    undefined,
    withIt,
  )
add(
  'loop.handoff.routes.pattern',
  `${LOOPED}[loop.handoff]\n${ROUTE} }]\n`,
  (f) => f.loop?.handoff.routes[0]?.pattern,
  undefined,
  '^ship',
)
add(
  'loop.handoff.routes.to',
  `${LOOPED}[loop.handoff]\n${ROUTE} }]\n`,
  (f) => f.loop?.handoff.routes[0]?.to,
  undefined,
  'a',
)
ofRoute('message = "go"', (r) => r.message, 'go')
ofRoute('repo = "r2"', (r) => r.repo.endsWith('/r2'), true)
ofRoute('remote = "up"', (r) => r.remote, 'up')
ofRoute('branch = "dev"', (r) => r.branch, 'dev')
add(
  'loop.on_complete.run',
  `${LOOPED}[loop.on_complete]\nrun = "a"\n`,
  (f) => f.loop?.onComplete?.run,
  undefined,
  'a',
)
add(
  'loop.on_complete.trigger_file',
  `${LOOPED}[loop.on_complete]\ntrigger_file = "go"\n`,
  (f) => f.loop?.onComplete?.triggerPath.endsWith('/logs/go'),
  undefined,
  true,
)

const presets = { claude: { bin: 'claude-cli', notes: {} } }

describe('each key of the schema', () => {
  const keys = tablesOfSchema().flatMap((table) => table.keys.map((key) => key.path))
  test('has a case here, and no case is of a key that is gone', () => {
    expect(Object.keys(cases).sort()).toEqual([...keys].sort())
  })

  test.each(Object.entries(cases))('%s changes what it is there for', async (_, one) => {
    expect(one.of(await fleetOf(BASE, { presets }))).toEqual(one.without)
    expect(one.of(await fleetOf(one.toml, { presets }, makeProject()))).toEqual(one.with)
  })

  test('of an agent may stand in [defaults] where it is said to, and the agent’s own wins', async () => {
    const defaults =
      'model = "d"\nwatch = "heal"\ndir = "dd"\nenv = { A = "1" }\nrestart = "temporary"\nstop_grace = 7\n'
    const toml = under(`${BASE}model = "own"\nenv = { B = "2" }\n`, '[defaults]', defaults)
    const spec = agent(await fleetOf(toml))
    expect(spec).toMatchObject({ model: 'own', watch: 'heal', restart: 'temporary', stopGraceMs: 7000 })
    expect(spec.env).toEqual({ B: '2' })
  })
})
