import { FROM_INSIDE } from './verbs/from-inside.ts'
import { LOOK_AT_IT } from './verbs/look-at-it.ts'
import { LOOP } from './verbs/loop.ts'
import { RUN_THE_FLEET } from './verbs/run-the-fleet.ts'
import { SERVICE } from './verbs/service.ts'
import { SET_UP } from './verbs/set-up.ts'
import type { VerbSpec } from './verbs/spec.ts'
import { TALK } from './verbs/talk.ts'
import { TELL } from './verbs/tell.ts'
import { TOWN_AGENTS } from './verbs/town-agents.ts'
import { TOWN_INBOX } from './verbs/town-inbox.ts'
import { TOWN_SET_UP } from './verbs/town-set-up.ts'
import { TOWN_TASKS } from './verbs/town-tasks.ts'
import { WATCHDOG } from './verbs/watchdog.ts'
import { WORKER } from './verbs/worker.ts'

export { GLOBAL_OPTIONS, type OptionSpec, type VerbSpec } from './verbs/spec.ts'

/** The one list of verbs: parsing, help, completions and docs/reference/cli.md are made from it. */
export const VERBS: readonly VerbSpec[] = [
  ...RUN_THE_FLEET,
  ...LOOK_AT_IT,
  ...TALK,
  ...LOOP,
  ...FROM_INSIDE,
  ...WATCHDOG,
  ...SET_UP,
  ...TELL,
  ...SERVICE,
  ...TOWN_INBOX,
  ...TOWN_TASKS,
  ...TOWN_AGENTS,
  ...TOWN_SET_UP,
  ...WORKER,
]

/** The verb of that name, exactly. */
export function verbNamed(name: string): VerbSpec | undefined {
  return VERBS.find((verb) => verb.name === name)
}
