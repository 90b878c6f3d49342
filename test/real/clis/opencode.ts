import { join } from 'node:path'
import type { Cli } from './cli.ts'

export const opencode: Cli = {
  name: 'opencode',
  npm: 'opencode-ai',
  bin: 'opencode',
  files: ({ work, url }) => ({
    [join(work, 'opencode.json')]: JSON.stringify({
      $schema: 'https://opencode.ai/config.json',
      provider: {
        stub: {
          npm: '@ai-sdk/openai-compatible',
          name: 'stub',
          options: { baseURL: `${url}/v1`, apiKey: 'stub' },
          models: { stub: { name: 'stub' } },
        },
      },
      model: 'stub/stub',
      small_model: 'stub/stub',
      autoupdate: false,
      permission: { bash: 'ask' },
    }),
  }),
  env: () => ({}),
  agent: '',
  typedKickoff: true,
  leave: 'Escape',
  title: { working: false, asking: false },
  namesReset: false,
  patienceMs: 0,
}
