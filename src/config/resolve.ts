import { basename, dirname, join } from 'node:path'
import type {
  AgentSpec,
  BackendSpec,
  Fleet,
  NotifySpec,
  PolicySpec,
  PromptSource,
  ServiceSpec,
  TmuxServerRef,
  TownSpec,
  WatchdogSpec,
  WorkerSpec,
} from '../core/index.ts'
import { type PresetTables, resolveBackends } from './backends.ts'
import type { Overrides } from './environment.ts'
import type { Finding, Path } from './finding.ts'
import { mendedTownName } from './names.ts'
import { pathFrom } from './paths.ts'
import { resolveLoop } from './resolve-loop.ts'
import type { AgentTable, NotifyTable, PolicyTable, ServiceTable, WatchdogTable } from './schema/schema.ts'
import type { Placed, Tables } from './tables.ts'

/** Where relative paths begin. */
export interface Places {
  /** Symlinks of the file resolved. */
  configPath: string
  /** Canonical. */
  projectDir: string
  home: string
}

export interface ResolvedAgent extends Placed<AgentTable> {
  spec: AgentSpec
}

export interface Resolved {
  fleet: Fleet
  agents: ResolvedAgent[]
  services: Placed<ServiceTable>[]
  policies: { path: Path; spec: PolicySpec }[]
  findings: Finding[]
}

/** A backend that an agent may go on with needs no table either, where it is a preset. */
const switchesTo = ({ on_limit }: AgentTable): string[] =>
  typeof on_limit === 'string' ? [] : [on_limit.switch]

/** Tables to the wanted fleet: names, paths and durations as the rest of the program uses them. Pure. */
export function resolveFleet(
  tables: Tables,
  places: Places,
  presets: PresetTables,
  overrides: Overrides,
): Resolved {
  const used = tables.agents.flatMap(({ table }) => [backendOf(table, overrides), ...switchesTo(table)])
  const backends = resolveBackends(tables.backends, presets, used)
  const agents = tables.agents.map((one) => ({
    ...one,
    spec: toAgent(one, tables, places, overrides, backends.specs),
  }))
  const policies = tables.policies.flatMap(toPolicy)
  const prefix = tables.project.session_prefix ?? ''
  const logDir = pathFrom(places.projectDir, tables.project.log_dir ?? '', places.home)
  const fleet: Fleet = {
    configPath: places.configPath,
    projectDir: places.projectDir,
    logDir,
    stateDir: join(logDir, 'state'),
    sessionPrefix: prefix,
    tmux: toServer(tables.project.tmux_socket, places),
    agents: agents.map((agent) => agent.spec),
    services: tables.services.map((one) => toService(one.table, prefix, places)),
    backends: backends.specs,
    loop: resolveLoop(tables, places, logDir),
    policies: policies.map((one) => one.spec),
    watchdog: toWatchdog(tables.watchdog),
    notify: toNotify(tables.notify),
    town: toTown(tables, places),
  }
  return { fleet, agents, services: tables.services, policies, findings: backends.findings }
}

/** `defaults.project_dir`, relative to the folder of the config file. Not canonical yet. */
export function projectDirOf(tables: Tables, configPath: string, home: string): string {
  return pathFrom(dirname(configPath), tables.project.project_dir, home)
}

function toServer(socket: string | undefined, places: Places): TmuxServerRef {
  if (socket === undefined) return { kind: 'default' }
  if (!socket.includes('/')) return { kind: 'name', name: socket }
  return { kind: 'path', path: pathFrom(places.projectDir, socket, places.home) }
}

function toAgent(
  { table }: Placed<AgentTable>,
  tables: Tables,
  places: Places,
  overrides: Overrides,
  backends: Readonly<Record<string, BackendSpec>>,
): AgentSpec {
  const prefix = tables.project.session_prefix ?? ''
  const model = overrides.model.get(table.name)
  return {
    name: table.name,
    session: table.session ?? `${prefix}${table.name}`,
    kind: table.kind,
    role: table.role,
    backend: backendOf(table, overrides),
    model: model ?? table.model,
    modelForced: model !== undefined,
    watch: table.watch,
    enabled: table.enabled,
    dir: pathFrom(places.projectDir, table.dir, places.home),
    prompt: toPrompt(table, places),
    ...resumeOf(table, backends[backendOf(table, overrides)]),
    wake: toWake(table, places),
    restart: table.restart ?? (endsByItself(table) ? 'transient' : 'permanent'),
    stopGraceMs: table.stop_grace ?? tables.watchdog.stop_grace,
    // A worker reads its inbox itself.
    inbox: table.kind === 'worker' ? 'off' : table.inbox,
    onLimit:
      typeof table.on_limit === 'string'
        ? { kind: table.on_limit }
        : { kind: 'switch', to: table.on_limit.switch },
    env: table.env,
    ...(table.kind === 'worker' ? { worker: toWorker(table) } : {}),
  }
}

const endsByItself = ({ kind }: AgentTable): boolean => kind === 'task' || kind === 'worker'

const toWorker = (table: AgentTable): WorkerSpec => ({
  maxRounds: table.max_rounds,
  idleTimeoutMs: table.idle_timeout,
  roundTimeoutMs: table.round_timeout,
})

const backendOf = (table: AgentTable, overrides: Overrides): string =>
  overrides.backend.get(table.name) ?? table.backend ?? ''

/** The driver's tables keep the driver's default, `false`; ADR 0016. */
function resumeOf(
  { resume }: AgentTable,
  backend: BackendSpec | undefined,
): Pick<AgentSpec, 'resume' | 'resumeAlways'> {
  if (resume !== undefined) return { resume, resumeAlways: resume }
  return { resume: backend?.fromPreset === true && backend.supportsResume, resumeAlways: false }
}

function toPrompt(table: AgentTable, places: Places): PromptSource {
  if (table.prompt_file !== undefined)
    return { kind: 'file', path: pathFrom(places.projectDir, table.prompt_file, places.home) }
  return table.prompt === '' ? { kind: 'none' } : { kind: 'inline', text: table.prompt }
}

function toWake(table: AgentTable, places: Places): AgentSpec['wake'] {
  const file = table.wake?.prompt_file
  if (table.wake === undefined || file === undefined) return undefined
  return { promptPath: pathFrom(places.projectDir, file, places.home), intervalMs: table.wake.interval }
}

function toService(table: ServiceTable, prefix: string, places: Places): ServiceSpec {
  return {
    name: table.name,
    session: `${prefix}${table.name}`,
    command: table.command,
    dir: pathFrom(places.projectDir, table.dir, places.home),
  }
}

function toNotify(t: NotifyTable | undefined): NotifySpec | undefined {
  if (t === undefined || (t.command === undefined && t.webhook === undefined && !t.bell)) return undefined
  return {
    command: typeof t.command === 'string' ? ['/bin/sh', '-c', t.command] : t.command,
    webhook: t.webhook,
    webhookTokenEnv: t.webhook_token_env,
    bell: t.bell,
    on: t.on,
    batchMs: t.batch,
    perHour: t.rate,
    timeoutMs: t.timeout,
  }
}

function toTown({ town: t, agents }: Tables, places: Places): TownSpec {
  // A worker has nowhere else to get its work from.
  const wanted = t !== undefined || agents.some(({ table }) => table.kind === 'worker')
  return {
    mode: t?.enabled === false ? 'off' : wanted ? 'on' : 'auto',
    name: t?.name,
    defaultName: mendedTownName(basename(places.projectDir)),
    redisUrl: t?.redis_url,
    passwordEnv: t?.redis_password_env ?? 'TINYTOWN_REDIS_PASSWORD',
    caPath: t?.redis_ca === undefined ? undefined : pathFrom(places.projectDir, t.redis_ca, places.home),
    filePath: t?.file === undefined ? undefined : pathFrom(places.projectDir, t.file, places.home),
    fsync: t?.fsync ?? 'everysec',
    leaseMs: t?.lease ?? 900_000,
  }
}

function toPolicy({ table, path, written }: Placed<PolicyTable>): Resolved['policies'] {
  // A pattern that is refused must not make a rule that is about everything.
  if (written.match !== undefined && table.match === undefined) return []
  const agents = table.agents?.includes('*') ? undefined : table.agents
  const spec = {
    id: table.name ?? `policy-${Number(path[1]) + 1}`,
    dialog: table.dialog,
    agents,
    backend: table.backend,
    match: table.match,
    answer: table.answer,
    maxPerHour: table.max_per_hour,
  }
  return [{ path, spec }]
}

function toWatchdog(t: WatchdogTable): WatchdogSpec {
  return {
    signalIntervalMs: t.signal_interval,
    heavyIntervalMs: t.heavy_interval,
    tickMs: Math.min(1000, t.signal_interval, t.heavy_interval),
    stallGraceMs: t.stall_grace,
    limitProbeFallbackMs: t.limit_probe_fallback,
    limitResetSlackMs: t.limit_reset_slack,
    limitStaggerMs: t.limit_stagger,
    overloadWaitsMs: t.overload_waits.length === 0 ? [300_000] : t.overload_waits,
    stopRemoved: t.stop_removed,
    applyNow: t.apply_now,
    governor: {
      intensity: t.restart_intensity,
      periodMs: t.restart_period,
      backoffInitialMs: t.backoff_initial,
      backoffMaxMs: t.backoff_max,
      backoffJitter: t.backoff_jitter,
      parkAfter: t.park_after,
      parkPeriodMs: t.park_period,
      healthyAfterMs: t.healthy_after,
      startRate: t.start_rate,
      commonCause: t.common_cause,
      fleetIntensity: t.fleet_intensity,
    },
    typingGraceMs: t.typing_grace,
    messageInlineBytes: t.message_inline,
    logMaxBytes: t.log_max,
    logKeep: t.log_keep,
    regexDeadlineMs: t.regex_deadline,
    tmuxDeadlineMs: t.tmux_deadline,
    gitDeadlineMs: t.git_deadline,
  }
}
