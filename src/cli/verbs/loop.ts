import { JSON_OPTION, type VerbSpec } from './spec.ts'

export const LOOP: readonly VerbSpec[] = [
  {
    name: 'phase',
    group: 'Phases',
    args: '[show | next | set N | why]',
    min: 0,
    max: 2,
    completes: ['show', 'next', 'set', 'why'],
    summary: 'show or move the current phase of the loop',
    details:
      'N counts from 0, as in the state file; a phase id is taken, too. Moving is compare-and-set: if the watchdog ' +
      'moved meanwhile, nothing is changed. JSON: `{version, index, id, position, total, phases, done, complete, why}`.',
    options: [JSON_OPTION],
    examples: ['agents phase', 'agents phase set 0', 'agents phase why'],
    load: () => import('../commands/phase.ts'),
  },
]
