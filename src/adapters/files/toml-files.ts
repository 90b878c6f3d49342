import { chmod, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomic } from './atomic-write.ts'
import { type ConfigFiles, createConfigFiles } from './config-files.ts'
import { errnoOf } from './errno.ts'
import { makeFolders } from './make-folders.ts'

export type TomlRead =
  | { kind: 'ok'; text: string; table: Record<string, unknown> }
  | { kind: 'absent' }
  /** Not a regular file, too large, not permitted, not UTF-8: one clause for a person. */
  | { kind: 'refused'; why: string }
  | { kind: 'bad'; why: string; line: number }

export type TomlWritten =
  | { kind: 'written' }
  /** Somebody else wrote it since it was read; nothing was changed. */
  | { kind: 'changed' }
  | { kind: 'failed'; why: string }

/** TOML files that people write and this program edits. */
export interface TomlFiles {
  /** At most 1 MiB. */
  read(path: string): TomlRead
  tree: ConfigFiles['tomlTree']
  /** @returns undefined for a text that is not TOML */
  parse(text: string): Record<string, unknown> | undefined
  /**
   * Puts `text` in place of `before` (undefined: where nothing is), whole or not at all. A link is followed, permissions
   * stay, unless `mode` says otherwise; a new file is 0600 without it.
   */
  write(
    path: string,
    before: string | undefined,
    text: string,
    options?: { mode?: number },
  ): Promise<TomlWritten>
}

const MOST = 1024 * 1024

export function createTomlFiles(): TomlFiles {
  const files = createConfigFiles()

  function read(path: string): TomlRead {
    const found = files.readText(path, MOST)
    if (found.kind !== 'ok') return found
    const parsed = files.parseToml(found.text)
    if (parsed.kind === 'bad') return { kind: 'bad', why: parsed.why, line: parsed.line }
    return { kind: 'ok', text: found.text, table: parsed.value }
  }

  async function write(
    path: string,
    before: string | undefined,
    text: string,
    options: { mode?: number } = {},
  ): Promise<TomlWritten> {
    const found = files.readText(path, MOST)
    const same = before === undefined ? found.kind === 'absent' : found.kind === 'ok' && found.text === before
    if (!same) return { kind: 'changed' }
    const real = files.realPath(path)
    try {
      const mode = options.mode ?? (before === undefined ? 0o600 : (await stat(real)).mode & 0o777)
      makeFolders(dirname(real), 0o700)
      await writeAtomic(real, text)
      if (mode !== 0o600) await chmod(real, mode)
      return { kind: 'written' }
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error
      return { kind: 'failed', why: errnoOf(cause) ?? errnoOf(error) ?? String(error) }
    }
  }

  function parse(text: string): Record<string, unknown> | undefined {
    const parsed = files.parseToml(text)
    return parsed.kind === 'ok' ? parsed.value : undefined
  }

  return { read, tree: files.tomlTree, parse, write }
}
