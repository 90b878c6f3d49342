import type { ConversationFormat } from '../core/index.ts'
import type { Shape } from '../core/shape.ts'
import { claudeFacts } from './claude.ts'
import { codexFacts } from './codex.ts'
import { findClaude } from './find-claude.ts'
import { findCodex } from './find-codex.ts'
import { findGemini } from './find-gemini.ts'
import { findOpencode, OPENCODE_STATE } from './find-opencode.ts'
import { geminiFacts } from './gemini.ts'
import { opencodeFacts } from './opencode.ts'
import type { Place, Search } from './place.ts'
import type { Fact } from './types.ts'

/** What is special about the files of one CLI. */
export interface Format {
  find(search: Search): Promise<Place | undefined>
  facts(record: Shape): Fact[]
  /** Homes besides the one of the config. */
  homes: readonly string[]
}

export const formats: Readonly<Record<ConversationFormat, Format>> = {
  claude: { find: findClaude, facts: claudeFacts, homes: [] },
  codex: { find: findCodex, facts: codexFacts, homes: [] },
  gemini: { find: findGemini, facts: geminiFacts, homes: [] },
  opencode: { find: findOpencode, facts: opencodeFacts, homes: OPENCODE_STATE },
}
