import type { EpochMs } from './time.ts'

/** `agents limits --json`. Shape version 1; fields are added, never renamed. */
export interface LimitsReport {
  version: 1
  at: EpochMs
  project: string
  /** Every account that an agent spends from, and every one that has a limit; by name. */
  accounts: AccountReport[]
}

export interface AccountReport {
  account: string
  /**
   * `free`; `limited` until a time; `asking`: one finds out whether it is over; `resuming`: it is, and the others follow
   * one by one; `blocked`: no time lifts it.
   */
  state: 'free' | 'limited' | 'asking' | 'resuming' | 'blocked'
  backends: string[]
  agents: string[]
  windows: WindowReport[]
  held: HeldReport[]
}

export interface WindowReport {
  /** What is used up, as the banner calls it; `usage` when it does not say. */
  window: string
  state: Exclude<AccountReport['state'], 'free'>
  since: EpochMs
  /** When it may be asked whether it is over; absent for `blocked`. */
  until: EpochMs | undefined
  /** Only agents of these models are held; absent when all are. Empty text: the backend's own choice. */
  models: string[] | undefined
  evidence: { agent: string; text: string; source: string }
  /** Times that it was asked in vain. */
  tries: number
  /** Who asks, or will ask first, where that is known, and when. */
  canary: { agent: string | undefined; at: EpochMs } | undefined
  /** `resuming`: who was seen to work. */
  by: string | undefined
}

export interface HeldReport {
  agent: string
  /** `own`: the limit stands on its own screen; `account`: a sibling showed it; `asks`: a person must act. */
  why: 'own' | 'account' | 'asks'
  since: EpochMs
  until: EpochMs | undefined
}
