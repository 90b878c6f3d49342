import type { TranscriptFiles } from '../adapters/files/jsonl.ts'
import type { LineFiles } from '../adapters/files/line-files.ts'
import type { ScreenFiles } from '../adapters/files/screen-files.ts'
import type { SessionLog } from '../adapters/files/session-log.ts'
import type { TomlFiles } from '../adapters/files/toml-files.ts'
import type { EventLog, StateStore } from '../adapters/files/types.ts'
import type { Host } from '../adapters/host/types.ts'
import type { CommandLine } from '../adapters/procs/command-lines.ts'
import type { RedisPlace } from '../adapters/redis/types.ts'
import type { RegexRunner } from '../adapters/regex/types.ts'
import type { ReportDoor } from '../adapters/socket/report-door.ts'
import type { TmuxVersion } from '../adapters/tmux/version.ts'
import type { Attacher } from '../adapters/tty/exec.ts'
import type { PresetTables } from '../config/backends.ts'
import type { SpawnedWorker } from '../config/spawned.ts'
import type { AgentSpec, EpochMs, EventDraft, ExitCode, Fleet, Problem } from '../core/index.ts'
import type { FleetControl } from '../daemon/control/control.ts'
import type { TownPlace } from '../daemon/town/place.ts'
import type { SeenTown } from '../daemon/town/towns.ts'
import type { Visit } from '../daemon/town/visit.ts'
import type { Whom } from '../town/agents/meant.ts'
import type { Town } from '../town/town.ts'
import type { Me, Word } from '../worker/types.ts'
import type { Tool } from './install-hint.ts'
import type { ProgramName } from './take-globals.ts'

/** What was typed, after parsing: names stay text, so that an agent called `007` is not agent 7. */
export interface Invocation {
  verb: string
  args: string[]
  options: Record<string, string | boolean | undefined>
  /** From `--config`, as typed. */
  config: string | undefined
}

export type Command = (call: Invocation, deps: CliDeps) => Promise<ExitCode>

/** The terminal, or whatever stands in its place. */
export interface Io {
  /** Resolves when the reader has room again: a slow pipe slows us, it does not fill our memory. */
  out(text: string): Promise<void>
  err(text: string): Promise<void>
  /** Standard output is a terminal. */
  tty: boolean
  /** Terminal width and height in cells; undefined when it is none. */
  columns: number | undefined
  rows: number | undefined
  color: boolean
  /** Aborted by the first Ctrl-C, a SIGTERM or a closed pipe. Until it is asked for, Ctrl-C ends the program at once. */
  interrupted(): AbortSignal
}

export interface OpenFleet {
  fleet: Fleet
  problems: Problem[]
  control: FleetControl
  /** A watchdog answers. */
  watched: boolean
  close(): Promise<void>
}

/** The town of a fleet, connected to. */
export interface OpenTown {
  fleet: Fleet
  town: Town
  /** Where it is, and who said so. */
  place: TownPlace
  close(): Promise<void>
}

export type ConfigReading =
  | { kind: 'ok'; path: string; fleet: Fleet; problems: Problem[] }
  | { kind: 'refused'; path: string; problems: Problem[] }

export interface ReadOptions {
  /** Patterns are tried on hostile lines, too. */
  thorough?: boolean
  /** Without an agents.toml a tinytown.toml beside it will do: its town, and no agents. */
  townOnly?: boolean
}

export interface WatchdogOptions {
  config: string | undefined
  /** Started by the loop in the fleet's session: waits for the lock of the one it follows. */
  inSession: boolean
  /** Where the last good config lies, for a start while the file is broken. */
  stateDir: string | undefined
  onEvent: (event: EventDraft & { at: EpochMs }) => void
  print: (text: string) => void
}

export interface WorkerOptions {
  fleet: Fleet
  spec: AgentSpec
  report: (word: Word) => Promise<void>
  /** It is not one of the fleet: nobody else tells the town how it is. */
  alone?: boolean
}

/** What adds a worker to the fleet, step by step. */
export interface Spawning {
  /** The fleet with it; nothing is written. @throws {UserError} SPAWN_NAME, SPAWN_REFUSED (exit 2), SPAWN_TAKEN */
  tryOut(fleet: Fleet, worker: SpawnedWorker): Promise<{ fleet: Fleet; spec: AgentSpec }>
  /** @throws {UserError} TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2) */
  find(town: Town, agent: string): Promise<Whom>
  /** Its record in town. @throws {UserError} TOWN_NAME_TAKEN */
  enrol(town: Town, fleet: Fleet, spec: AgentSpec, keepsLedger: boolean): Promise<Me>
  /** One of the fleet from now on. */
  keep(fleet: Fleet, worker: SpawnedWorker): Promise<void>
  /** Its rounds from the next start on. False: it was none that was spawned. */
  giveRounds(fleet: Fleet, name: string, maxRounds: number): Promise<boolean>
  /** No more one of it. False: it was none that was spawned. */
  unspawn(fleet: Fleet, name: string): Promise<boolean>
}

export interface ServiceOptions {
  /** Absolute. */
  configPath: string
  stateDir: string
  env: NodeJS.ProcessEnv
  scopeNow: () => Promise<readonly string[]>
  print: (text: string) => void
  signal: AbortSignal
}

/** Everything a verb may touch. `deps.ts` builds the real one, tests pass fakes. */
export interface CliDeps {
  io: Io
  cwd: string
  env: NodeJS.ProcessEnv
  home: string
  now(): EpochMs
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** The file that is meant. @throws {UserError} CONFIG_MISSING, exit 2 */
  configPath(config: string | undefined): Promise<string>
  openFleet(config: string | undefined, options?: ReadOptions): Promise<OpenFleet>
  /** The town is asked for, or was used before. */
  townOn(fleet: Fleet): Promise<boolean>
  /**
   * The fleet's own Redis is started unless it runs, or `start` is false.
   * @throws {UserError} TOWN_OFF, TOWN_FILE, REDIS_URL, exit 2
   * @throws {OutsideError} REDIS_MISSING (exit 5), REDIS_SERVER
   */
  openTown(fleet: Fleet, options?: { start?: boolean; deadlineMs?: number }): Promise<OpenTown>
  readConfig(config: string | undefined, options?: ReadOptions): Promise<ConfigReading>
  renderProblems(problems: readonly Problem[]): Promise<string>
  jsonSchema(): Promise<object>
  runWatchdog(opts: WatchdogOptions): Promise<ExitCode>
  /** The worker of this process: rounds until it ends. */
  runWorker(opts: WorkerOptions): Promise<ExitCode>
  spawning(): Promise<Spawning>
  /** What the service manager runs; ends when `signal` is aborted. */
  runService(opts: ServiceOptions): Promise<void>
  events(fleet: Fleet): Promise<Pick<EventLog, 'read' | 'follow' | 'verify'>>
  logs(): Promise<SessionLog>
  /** Processes of this machine with their command lines. @throws {OutsideError} `PROCESS_TABLE` */
  processes(): Promise<CommandLine[]>
  attacher(): Promise<Attacher>
  host(): Promise<Host>
  tmuxVersion(): Promise<TmuxVersion>
  /** How to install a tool on this machine, e.g. `sudo apt-get install -y tmux`. */
  installHint(): Promise<(tool: Tool) => string>
  transcripts(): Promise<TranscriptFiles>
  /** Saved screens, and what searches them. */
  screens(): Promise<{ files: ScreenFiles; regex: RegexRunner }>
  /** Gives the terminal to a program until it ends; answers its exit status. */
  foreground(argv: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<number>
  /** The built-in backends. */
  presets(): Promise<PresetTables>
  /** A folder with `agents` and `tt`, to be searched last by what a person starts. */
  tools(fleet: Fleet): Promise<string>
  /** Files of many lines. */
  lineFiles(): Promise<LineFiles>
  /** A line that a person types; empty at the end of the input. */
  askLine(): Promise<string>
  /** Looks into any town; starts nothing. */
  visitTown(name: string, place: RedisPlace): Promise<Visit>
  /** Writes the town of a fleet down for `towns`. */
  rememberTown(fleet: Fleet, name: string): Promise<void>
  /** The towns that are known on this machine. */
  seeTowns(): Promise<{ towns: SeenTown[]; notes: string[] }>
  /** TOML files that people write and verbs edit. */
  tomlFiles(): Promise<TomlFiles>
  /** Where an agent's word about itself is handed in. */
  reportDoor(): Promise<ReportDoor>
  /** Where the watchdog of the fleet would answer. */
  controlSocket(fleet: Fleet): Promise<string>
  /** State records below a folder. */
  stateStore(folder: string): Promise<Pick<StateStore, 'load' | 'save'>>
  /** Proves detection on the built-in screens: one line a case. */
  detectorCases(): Promise<{ name: string; ok: boolean; why: string }[]>
  /** The name that it was started by. */
  program: ProgramName
  /** Version of this program. */
  version(): Promise<string>
  /** How this program is started: the interpreter and the entry file. */
  self: readonly string[]
  /** Folder of the installed package, where `prompts/` lies. */
  packageDir: string
}
