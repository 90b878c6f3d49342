import { realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import TOML from '@iarna/toml'
import type { AST } from 'toml-eslint-parser'
import { lookAt, readText } from './read-text.ts'

export type TomlText =
  | { kind: 'ok'; value: Record<string, unknown> }
  /** 1-based place of the fault. */
  | { kind: 'bad'; why: string; line: number; column: number }

/** What loading a config asks of the world. Synchronous: it is read before anything runs, and never blocks on a FIFO. */
export interface ConfigFiles {
  /** Home folder, for `~`. */
  home: string
  readText: typeof readText
  lookAt: typeof lookAt
  kindOf(path: string): 'file' | 'folder' | 'other' | 'absent'
  /** Canonical path; the path itself when there is nothing. */
  realPath(path: string): string
  parseToml(text: string): TomlText
  /** Syntax tree with places; loads its parser at the first call. Undefined when that parser refuses the text. */
  tomlTree(text: string): Promise<AST.TOMLProgram | undefined>
}

export function createConfigFiles(home: string = homedir()): ConfigFiles {
  return {
    home,
    readText,
    lookAt,
    kindOf,
    realPath,
    parseToml,
    tomlTree,
  }
}

function kindOf(path: string): 'file' | 'folder' | 'other' | 'absent' {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return 'absent'
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other'
  } catch {
    return 'absent'
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function parseToml(text: string): TomlText {
  try {
    return { kind: 'ok', value: TOML.parse(text) as Record<string, unknown> }
  } catch (error) {
    const fault = error as { message?: string; line?: number; col?: number }
    const why = String(fault.message ?? error).split(/ at row |\n/)[0]!
    return { kind: 'bad', why, line: (fault.line ?? 0) + 1, column: (fault.col ?? 0) + 1 }
  }
}

/**
 * Loads what only a broken config needs. A watchdog does so at its start: by the time it is needed, an upgrade may have
 * taken the file away.
 */
export async function loadLocator(): Promise<void> {
  await import('toml-eslint-parser')
}

async function tomlTree(text: string): Promise<AST.TOMLProgram | undefined> {
  const { parseTOML } = await import('toml-eslint-parser')
  try {
    return parseTOML(text)
  } catch {
    return undefined
  }
}
