import * as v from 'valibot'
import { flag, key, list, path, pattern, tableFault, text, words } from './fields.ts'

export const phaseTable = v.object(
  {
    id: key(words(), { about: 'Name of the phase.', defaultText: 'required' }),
    plan: v.optional(key(text(), { about: 'Free text; fills `{plan}` in the kickoff.' }), ''),
    status: key(words(), {
      about: 'Basename of the file in which the DONE marker is looked for.',
      defaultText: 'required',
    }),
    models: v.optional(
      key(v.record(v.string(), text(), tableFault), {
        about: 'Model for each role in this phase.',
        type: 'table role → model',
      }),
      {},
    ),
  },
  tableFault,
)

export const routeTable = v.object(
  {
    pattern: key(pattern(), { about: 'Searched in each commit’s subject.', defaultText: 'required' }),
    to: key(words(), { about: 'Agent that is pinged.', defaultText: 'required' }),
    message: v.optional(
      key(text(), {
        about: 'Text of the ping, with `{count}`, `{hash}`, `{branch}`, `{route}`; empty for a built-in one.',
      }),
      '',
    ),
    repo: v.optional(key(path(), { about: 'Repository.', defaultText: '`loop.handoff.repo`' })),
    remote: v.optional(key(words(), { about: 'Remote.', defaultText: '`loop.handoff.remote`' })),
    branch: v.optional(key(words(), { about: 'Branch.', defaultText: '`loop.handoff.branch`' })),
  },
  tableFault,
)

export const handoffTable = v.object(
  {
    repo: v.optional(
      key(path(), {
        about: 'Repository that is watched, relative to the project.',
        defaultText: 'the project',
      }),
    ),
    state_subdir: v.optional(
      key(text(), { about: 'Folder of status files and inboxes inside the repository.' }),
      'machine-docs',
    ),
    remote: v.optional(key(words(), { about: 'Remote that is watched.' }), 'origin'),
    branch: v.optional(
      key(words(), { about: 'Branch that is watched.', defaultText: 'the remote’s HEAD branch' }),
    ),
    claim_pattern: v.optional(key(pattern(), { about: 'Subjects that claim a gate.' }), '^claim'),
    review_pattern: v.optional(key(pattern(), { about: 'Subjects that carry a review.' }), '^review'),
    claim_pings: v.optional(key(words(), { about: 'Agent that a claim is for.' }), 'adversary'),
    review_pings: v.optional(key(words(), { about: 'Agent that a review is for.' }), 'builder'),
    inboxes: v.optional(
      key(list(words(), 'array of file names'), {
        about: 'Inbox files: the first belongs to the claim’s target, the second to the review’s.',
      }),
      [],
    ),
    routes: v.optional(
      key(list(routeTable, 'array of tables'), {
        about:
          'Hand-off routes. They replace the claim and review routes, unless `claim_*` or `review_*` keys stand beside them.',
        defaultText: 'the claim and review routes',
      }),
    ),
  },
  tableFault,
)

export const onCompleteTable = v.object(
  {
    run: v.optional(
      key(words(), { about: 'Agent that is started when the last phase is done.', defaultText: 'none' }),
    ),
    trigger_file: v.optional(
      key(path(), { about: 'File in `log_dir` whose presence allows it; it is deleted.' }),
      '.run-on-complete',
    ),
  },
  tableFault,
)

/** `[loop]` */
export const loopTable = v.object(
  {
    phases: v.optional(key(list(phaseTable, 'array of tables'), { about: 'The phases, in order.' }), []),
    kickoff_template: v.optional(
      key(path(), {
        about: 'Preamble of every loop kickoff, with `{phase_id}`, `{plan}`, `{status}`, `{role}`.',
        defaultText: 'none',
      }),
    ),
    roles_dir: v.optional(key(path(), { about: 'Folder of the role prompts `<role>.md`.' }), 'prompts'),
    state_file: v.optional(
      key(path(), { about: 'File of the current index, in `<log_dir>/state`.' }),
      'phase-idx',
    ),
    resume_phase: v.optional(
      key(flag(), {
        about: 'Taken for the Python driver’s sake: a missing index file is the first phase in any case.',
        defaultText: 'unset',
      }),
    ),
    done_marker: v.optional(
      key(words(), { about: 'Beginning of the line that says a phase is done.' }),
      '## DONE',
    ),
    auto_advance: v.optional(key(flag(), { about: 'Go to the next phase when one is done.' }), true),
    handoff: v.optional(key(handoffTable, { about: 'Commits that hand work over.', defaultText: 'none' })),
    on_complete: v.optional(
      key(onCompleteTable, { about: 'What follows the last phase.', defaultText: 'none' }),
    ),
  },
  tableFault,
)
