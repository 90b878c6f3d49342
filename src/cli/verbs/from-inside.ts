import { JSON_OPTION, type VerbSpec } from './spec.ts'

const STATES = ['working', 'idle', 'asking', 'waiting', 'limited', 'failing']

/** What agents say themselves, inside of their sessions. */
export const FROM_INSIDE: readonly VerbSpec[] = [
  {
    name: 'report',
    group: 'From inside a session',
    args: 'STATE',
    min: 1,
    max: 1,
    completes: STATES,
    summary: 'an agent says how it is: a claim among others, for a while',
    details:
      `STATE: ${STATES.join(', ')}. Which agent says so is told by the token in its session's environment; no config ` +
      'is needed, any folder will do. The report holds for 10 minutes, or for --for. It never switches the screen off: ' +
      'docs/detection.md has the rules for when the two differ, `agents explain NAME` shows both. While no watchdog ' +
      'answers it is left for the next one. JSON: `{version, agent, state, at, until, delivered}`. Exit 2 for a state ' +
      'that is none, or outside of a session; 1 when the token is of no session of the fleet.',
    options: [
      { name: 'reason', value: 'TEXT', summary: 'why, in a few words (at most 200 characters are kept)' },
      { name: 'for', value: 'DUR', summary: 'how long it holds (default 10m, at most 24h)' },
      JSON_OPTION,
    ],
    examples: [
      'agents report waiting --for 30m --reason "the integration build runs"',
      'agents report asking --reason "which database?" --for 8h',
    ],
    load: () => import('../commands/report.ts'),
  },
]
