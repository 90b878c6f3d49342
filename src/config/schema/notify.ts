import * as v from 'valibot'
import { noticeKinds } from '../../core/fleet.ts'
import {
  amount,
  choice,
  duration,
  flag,
  issue,
  key,
  list,
  shown,
  tableFault,
  variable,
  words,
} from './fields.ts'

const webhook = () =>
  v.pipe(
    words(),
    v.check(
      isWebAddress,
      issue(
        'CONFIG_URL',
        'This is not an http or https address.',
        'Write for example "https://example.org/hook"; a password belongs into webhook_token_env.',
      ),
    ),
    v.metadata({ notes: { type: 'address' } }),
  )

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === ''
}

const command = () =>
  v.pipe(
    v.union([words(), v.pipe(list(words(), 'array of text'), v.minLength(1))], (found) =>
      issue(
        'CONFIG_TYPE',
        `${shown(found.input)} is not a command.`,
        'Write the words in brackets, ["notify-send", "agents"], or shell text in quotes.',
      ),
    ),
    v.metadata({ notes: { type: 'array of text, or shell text' } }),
  )

/** `[notify]` */
export const notifyTable = v.object(
  {
    command: v.optional(
      key(command(), {
        about:
          'Program that gets each message as one JSON document on its standard input: an array of words, run without a shell, or shell text. See [notify.md](../notify.md).',
        defaultText: 'none',
      }),
    ),
    webhook: v.optional(
      key(webhook(), { about: 'Address that each message is posted to as JSON.', defaultText: 'none' }),
    ),
    webhook_token_env: v.optional(
      key(variable('HOOK_TOKEN'), {
        about:
          'Name of the environment variable whose value goes along as `Authorization: Bearer …`. The value itself is never written anywhere.',
        defaultText: 'none',
      }),
    ),
    bell: v.optional(
      key(flag(), {
        about:
          'Ring the bell of the terminals that are attached to the fleet’s sessions, and show the message there.',
      }),
      false,
    ),
    on: v.optional(
      key(list(choice(noticeKinds), 'array of names'), {
        about: `What is told: ${noticeKinds.map((kind) => `\`"${kind}"\``).join(', ')}.`,
        defaultText: 'all of them',
      }),
      [...noticeKinds],
    ),
    batch: v.optional(
      key(duration(), { about: 'Notices that come within this time of the first one go out together.' }),
      10,
    ),
    rate: v.optional(
      key(amount(1, 3600, true), {
        about: 'Most messages of each channel. What comes above it is summarised in the next one.',
        unit: 'per hour',
      }),
      30,
    ),
    timeout: v.optional(
      key(duration(100), { about: 'Longest run of the command, longest wait for the webhook.' }),
      10,
    ),
  },
  tableFault,
)
