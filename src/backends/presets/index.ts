import claude from './claude.json' with { type: 'json' }
import codex from './codex.json' with { type: 'json' }
import gemini from './gemini.json' with { type: 'json' }
import opencode from './opencode.json' with { type: 'json' }

/** Keys of a `[backend.*]` table; patterns in Python `re` syntax that JavaScript reads alike. */
export type PresetTable = Readonly<Record<string, string | number | boolean | readonly string[]>>

const files = { claude, codex, gemini, opencode }

/** Built-in backends, completed key by key from the config. */
export const presets: Readonly<Record<string, PresetTable>> = Object.fromEntries(
  Object.entries(files).map(([name, { notes: _, ...table }]) => [name, table]),
)

/** For each preset and key: where the value was seen, in which version. */
export const presetNotes: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(files).map(([name, { notes }]) => [name, notes]),
)
