import type { PaneSight, Reading } from '../core/index.ts'
import { quietSources } from './heal.ts'
import { needsPerson } from './person.ts'
import type { Verify } from './types.ts'

/** What is found when the knife is in the hand. All of it must have been looked up after the decision. */
export interface FreshLook {
  /** undefined: the pane is gone. */
  pane: PaneSight | undefined
  /** undefined: the screen could not be read. */
  reading: Reading | undefined
  /** The process tree used CPU since a sample of its own; undefined: not sampled. */
  cpuBusy: boolean | undefined
  /** The operator still wants it up and has not paused it. @default true */
  wanted?: boolean
  /** As in `AgentSeen`; left out: taken to differ still. */
  wantedLaunch?: string
  runningLaunch?: string
}

export interface Verdict {
  holds: boolean
  why: string
}

/** Is the reason for this kill still true (INV-7)? Anything unknown says no: a kill can be decided again, not undone. */
export function stillHolds(verify: Verify, fresh: FreshLook): Verdict {
  const { pane, reading } = fresh
  if (pane === undefined) return no('its pane is gone')
  if (pane.paneId !== verify.paneId || pane.panePid !== verify.panePid) return no('another process runs now')
  if (pane.dead) return no('it has ended by itself')
  if (fresh.wanted === false) return no('an operator stopped or paused it')
  if (reading === undefined) return no('its screen could not be read')
  if (verify.predicate === 'switch')
    return reading.state === 'working' ? no('it works') : yes('its account is limited, or was')
  if (reading.state === 'limited') return no('it is inside a usage limit')
  if (verify.predicate === 'changed' && verify.evenWorking) return changed(fresh)
  if (reading.state === 'working') return no('it works')
  if (reading.state === 'asking') return no('a dialog waits for a person')
  switch (verify.predicate) {
    case 'stall':
      return stall(verify, reading, fresh.cpuBusy)
    case 'fatal':
      return fatal(reading, fresh.cpuBusy)
    case 'mismatch':
      return pane.command === verify.command
        ? yes(`the pane still runs ${pane.command}`)
        : no(`the pane runs ${pane.command} now`)
    case 'changed':
      return changed(fresh)
  }
}

function stall(verify: Verify, reading: Reading, cpuBusy: boolean | undefined): Verdict {
  if (reading.state === 'unknown') return no('its screen cannot be judged')
  if (cpuBusy === undefined) return no('its process tree could not be sampled')
  if (cpuBusy) return no('its process tree uses the CPU')
  if (reading.state === 'waiting' && reading.waitingUntil === undefined) return no('it says that it waits')
  const marker = reading.waitingUntil
  if (marker !== undefined && verify.marker !== undefined && marker !== verify.marker) {
    return no('it declared another WAITING-UNTIL')
  }
  return yes(`still ${reading.state}, and no CPU used`)
}

function fatal(reading: Reading, cpuBusy: boolean | undefined): Verdict {
  if (reading.state !== 'failing') return no(`it reads ${reading.state} now`)
  if (reading.failClass === 'overload' || needsPerson(reading)) return no('no restart would help')
  if (quietSources({ reading, cpuBusy }).length === 0) return no('nothing but its screen says that it failed')
  return yes('the failure still stands on its screen')
}

function changed(fresh: FreshLook): Verdict {
  if (fresh.wantedLaunch !== undefined && fresh.runningLaunch === fresh.wantedLaunch) {
    return no('it runs what the config asks for')
  }
  return yes('the config still asks for something else')
}

function yes(why: string): Verdict {
  return { holds: true, why }
}

function no(why: string): Verdict {
  return { holds: false, why }
}
