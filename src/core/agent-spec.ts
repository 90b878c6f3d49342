import type { EpochMs } from './time.ts'

export type AgentKind = 'loop' | 'persistent' | 'task' | 'orchestrator' | 'worker'
export type Watch = 'none' | 'heal' | 'heal+stall'
/**
 * What is done when a usage limit stops the agent: wait for its reset; ask a person; or go on elsewhere meanwhile, on
 * another backend or another model of the same one.
 */
export type OnLimit = { kind: 'wait' } | { kind: 'ask' } | { kind: 'switch'; to: string }
/**
 * `deliver`: typed at its prompt, under a lease, until it acknowledges them. `notify`: it is told that there are some, and
 * takes them itself. `off`: nothing is typed.
 */
export const inboxDeliveries = ['deliver', 'notify', 'off'] as const
export type InboxDelivery = (typeof inboxDeliveries)[number]
/** OTP's words: restart always; only after an abnormal exit; never. */
export type RestartPolicy = 'permanent' | 'transient' | 'temporary'
export type PromptSource =
  | { kind: 'none' }
  | { kind: 'inline'; text: string }
  | { kind: 'file'; path: string }

export interface AgentSpec {
  name: string
  session: string
  kind: AgentKind
  role: string | undefined
  /** Name of a `[backend.*]` table or preset; after `AGENT_BACKEND_<name>` where that applies. */
  backend: string
  /** The agent's own model, empty for the backend's default. A phase may override it: `modelOf` in phases/. */
  model: string
  /** True when `AGENT_MODEL_<name>` set the model: then no phase overrides it. */
  modelForced: boolean
  watch: Watch
  /** False: not started by a bare `up`, not watched, not part of the loop; can be started by name. */
  enabled: boolean
  dir: string
  prompt: PromptSource
  /** Goes on with its conversation after a restart, where the backend can. */
  resume: boolean
  /** `resume = true` was written: also in a new phase, and when a task is started again. */
  resumeAlways?: boolean
  wake: { promptPath: string; intervalMs: number } | undefined
  restart: RestartPolicy
  stopGraceMs: number
  onLimit: OnLimit
  /** What becomes of messages in its inbox of the town. */
  inbox: InboxDelivery
  /** Extra environment, from `env = { KEY = "value" }`. */
  env: Record<string, string>
  /** Kind `worker` only. */
  worker?: WorkerSpec | undefined
}

/** How an agent of kind `worker` goes through its rounds. */
export interface WorkerSpec {
  /** Rounds of one start, failed ones too; 0: no end. */
  maxRounds: number
  /** Nothing to do for this long: it ends; 0: never. */
  idleTimeoutMs: number
  /** Longest run of its CLI. */
  roundTimeoutMs: number
  /** Added by `agents spawn`, not by the config: who it is in town. */
  spawned?: SpawnedIdentity | undefined
}

/** What `agents spawn` was told about a worker. */
export interface SpawnedIdentity {
  nickname: string | undefined
  /** Id of the agent that it belongs to. */
  parent: string | undefined
  at: EpochMs
}
