import { join } from 'node:path'
import type { Cli } from './cli.ts'

export const codex: Cli = {
  name: 'codex',
  npm: '@openai/codex',
  bin: 'codex',
  files: ({ home, work, url }) => ({
    [join(home, '.codex/config.toml')]: `model = "stub"
model_provider = "stub"
[model_providers.stub]
name = "stub"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "OPENAI_STUB_KEY"
[projects."${work}"]
trust_level = "trusted"
`,
  }),
  env: ({ home }) => ({ CODEX_HOME: join(home, '.codex'), OPENAI_STUB_KEY: 'stub' }),
  agent: '',
  typedKickoff: false,
  leave: 'Escape',
  title: { working: true, asking: true },
  namesReset: true,
  patienceMs: 0,
}
