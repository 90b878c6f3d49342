import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Fleet } from '../core/index.ts'

/** Session of the watchdog itself, as the Python driver named it. */
export const watchdogSession = (fleet: Fleet): string => `${fleet.sessionPrefix}watchdog`

/** Quiet session for the control client. No agent can have it: agent names never start with `-`. */
export const keeperSession = (fleet: Fleet): string => `${fleet.sessionPrefix}-keeper`

export const sessionLogPath = (fleet: Fleet, session: string): string => join(fleet.logDir, `${session}.log`)
export const kickoffPath = (fleet: Fleet, session: string): string =>
  join(fleet.stateDir, `kickoff-${session}.txt`)
export const hooksPath = (fleet: Fleet, session: string): string =>
  join(fleet.stateDir, `hooks-${session}.json`)
export const limitPath = (fleet: Fleet, session: string): string =>
  join(fleet.stateDir, `limited-${session}.json`)
export const resumeIdPath = (fleet: Fleet, agent: string): string => join(fleet.stateDir, `${agent}.id`)
/** There when its program did not know the option that gives a conversation an id. */
export const noSessionIdPath = (fleet: Fleet, agent: string): string =>
  join(fleet.stateDir, `${agent}.no-session-id`)
export const startLockPath = (fleet: Fleet): string => join(fleet.stateDir, 'start.lock')
export const serviceTag = (service: string): string => `service:${service}`

/**
 * Marks the sessions of a fleet: the project and where its state is. Of two configs in one folder each has its own, and
 * a prefix that is changed loses no session.
 */
export const fleetTag = (fleet: Pick<Fleet, 'projectDir' | 'logDir'>): string =>
  `${fleet.projectDir}:${fleet.logDir}`

/** Identifies the fleet in the environment of its processes: one project, one prefix. */
export function fleetId(fleet: Pick<Fleet, 'projectDir' | 'sessionPrefix'>): string {
  return createHash('sha256').update(`${fleet.projectDir}\0${fleet.sessionPrefix}`).digest('hex').slice(0, 12)
}

/** Value of `AGENTS_RUN` in every process of an agent, whichever start it came from: the mark that reaping looks for. */
export const runKey = (fleet: Fleet, tagged: string): string => `${fleetId(fleet)}:${tagged}`

/** Of the fleet's git processes. No agent's name begins with a dash. */
export const gitRunKey = (fleet: Fleet): string => runKey(fleet, '-git')

/** In a run's tag instead of a fingerprint: an override of the operator's call, good as it is. */
export const anyLaunch = 'any'

/** The tag's run: unique per start, and it remembers what was launched. */
export const runOf = (nonce: string, launch: string): string => `${nonce}.${launch}`

/** @returns undefined for a session that another program started and `adopt` tagged. */
export function launchOfRun(run: string | undefined): string | undefined {
  const launch = run?.split('.')[1]
  return launch === undefined || launch === '' ? undefined : launch
}
