import { lazily } from '../../core/lazily.ts'
import aider from './aider.json' with { type: 'json' }
import amp from './amp.json' with { type: 'json' }
import claude from './claude.json' with { type: 'json' }
import codex from './codex.json' with { type: 'json' }
import { compose, type PresetFile, type PresetTable } from './compose.ts'
import copilot from './copilot.json' with { type: 'json' }
import cursor from './cursor.json' with { type: 'json' }
import gemini from './gemini.json' with { type: 'json' }
import generic from './generic.json' with { type: 'json' }
import kimi from './kimi.json' with { type: 'json' }
import kiro from './kiro.json' with { type: 'json' }
import opencode from './opencode.json' with { type: 'json' }
import qwen from './qwen.json' with { type: 'json' }

export type { PresetTable } from './compose.ts'

const files: Readonly<Record<string, PresetFile>> = {
  claude,
  codex,
  gemini,
  opencode,
  aider,
  cursor,
  copilot,
  amp,
  qwen,
  kimi,
  kiro,
  generic,
}

/** Built-in backends, completed key by key from the config. Each is put together when it is first asked for. */
export const presets: Readonly<Record<string, PresetTable>> = lazily(
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, () => compose(file, generic)])),
)

/** For each preset and key: where the value was seen, in which version. */
export const presetNotes: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(files).map(([name, { notes }]) => [name, notes]),
)
