import { Exit } from '../../core/errors.ts'
import { LONGEST_REPORT_MS } from '../../core/report.ts'
import type { Word } from '../../worker/types.ts'
import { handIn, type Words } from '../hand-in.ts'
import { requireAgent } from '../names.ts'
import type { CliDeps, Command } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

const takenBackMs = 3_000

export const command: Command = async (call, deps) => {
  const fleet = await fleetOf({ ...call, config: call.config ?? deps.env.AGENTS_CONFIG }, deps)
  const name = call.args[0]!
  requireAgent(name, fleet)
  if (call.options['open-town'] === true) {
    await (await deps.openTown(fleet)).close()
    return Exit.done
  }
  const spec = fleet.agents.find((agent) => agent.name === name)!
  return deps.runWorker({ fleet, spec, report: reporter(deps) })
}

/** What it says of itself goes to its watchdog, where it runs in a session of one; else to nobody. */
export function reporter(deps: CliDeps): (word: Word) => Promise<void> {
  return async (word) => {
    if (deps.env.AGENTS_SOCKET === undefined) return
    const now = deps.now()
    await handIn(await deps.reportDoor(), deps.env, wordsOf(word, now), now).then(
      () => undefined,
      // Its screen says the same; a report is a claim among others.
      () => undefined,
    )
  }
}

function wordsOf(word: Word, at: number): Words {
  // Takes back what was said before; from then on its title speaks.
  if (word.state === 'working') return { state: 'working', at, forMs: takenBackMs }
  const { state, reason } = word
  const forMs = word.state === 'limited' ? word.until - at : LONGEST_REPORT_MS
  return { state, reason, at, forMs: Math.min(LONGEST_REPORT_MS, Math.max(1_000, forMs)) }
}
