import { JSON_OPTION, type VerbSpec } from './spec.ts'

export const TOWN_SET_UP: readonly VerbSpec[] = [
  {
    name: 'auth',
    group: 'Town: set up',
    args: 'gen-key',
    min: 1,
    max: 1,
    completes: ['gen-key'],
    summary: 'make a key for the REST interface of tinytown, and its hash',
    details:
      'A key of 64 hexadecimal digits and its Argon2id hash (19 MiB, 2 passes, 1 lane), which belongs into ' +
      '`[townhall.auth] api_key_hash` of tinytown.toml. Nothing is stored. JSON: `{version, key, hash}`.',
    options: [JSON_OPTION],
    examples: ['agents auth gen-key', 'agents auth gen-key --json'],
    load: () => import('../commands/auth.ts'),
  },
]
