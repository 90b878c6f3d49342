import * as v from 'valibot'
import { translatePyRegex } from '../py-regex/py-regex.ts'
import { amount, issue, key, list, pattern, tableFault, words } from './fields.ts'

/** `/…/` is a regular expression, anything else the words that a label begins with. */
const answer = v.pipe(
  words(),
  v.rawTransform<string, { kind: 'words'; text: string } | { kind: 'regex'; text: string; source: string }>(
    ({ dataset, addIssue, NEVER }) => {
      const inside = /^\/(.+)\/$/su.exec(dataset.value)?.[1]
      if (inside === undefined) return { kind: 'words', text: dataset.value }
      const read = translatePyRegex(inside)
      if (read.kind === 'ok') return { kind: 'regex', text: dataset.value, source: read.source }
      addIssue({
        message: issue(
          'CONFIG_REGEX',
          `The regular expression does not compile: ${read.why} (at character ${read.at + 2}).`,
          'Write it in Python syntax between slashes, or the words of the option.',
        ),
      })
      return NEVER
    },
  ),
  v.metadata({ notes: { type: 'text or /regex/' } }),
)

/** `[[policy]]` */
export const policyTable = v.object(
  {
    name: v.optional(
      key(words(), {
        about: 'What the rule is called in events.',
        defaultText: '`policy-` and its position',
      }),
    ),
    dialog: v.optional(
      key(words(), {
        about:
          'Dialogs that it is about: a kind (`trust`, `permission`, `plan`, `question`, `update`, `onboarding`, `resume-picker`, `limit-menu`, `model-downgrade`, `model-upgrade`, `bypass`, `unknown`), or an id of the catalogue, e.g. `claude-trust`.',
        defaultText: 'every dialog that the catalogue knows',
      }),
    ),
    agents: v.optional(
      key(list(words(), 'array of names'), {
        about: 'Agents that it is about; `"*"` is every one.',
        defaultText: 'every agent',
      }),
    ),
    backend: v.optional(
      key(words(), { about: 'Only agents of this backend.', defaultText: 'every backend' }),
    ),
    match: v.optional(
      key(pattern(), {
        about: 'Must be found in what stands above the options. An agent chooses part of that text.',
        defaultText: 'any text',
      }),
    ),
    answer: key(answer, {
      about:
        'The option: its label, or the words that it alone begins with. Nothing that costs, changes the model or the program, lasts, bypasses or deletes is chosen unless the answer says so.',
      defaultText: 'required',
    }),
    max_per_hour: v.optional(
      key(amount(1, 100_000, true), {
        about: 'Answers to one agent within an hour; after that a person is asked.',
      }),
      60,
    ),
  },
  tableFault,
)
