import { join } from 'node:path'
import type { Cli } from './cli.ts'

export const gemini: Cli = {
  name: 'gemini',
  npm: '@google/gemini-cli',
  bin: 'gemini',
  files: ({ home }) => ({
    [join(home, '.gemini/settings.json')]: JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      general: { disableAutoUpdate: true },
      privacy: { usageStatisticsEnabled: false },
    }),
  }),
  env: ({ url }) => ({ GEMINI_API_KEY: 'stub', GOOGLE_GEMINI_BASE_URL: url }),
  agent: 'model = "gemini-2.5-pro"',
  typedKickoff: false,
  leave: 'Escape',
  title: { working: true, asking: true },
  namesReset: true,
  patienceMs: 300_000,
}
