import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createConfigFiles } from './config-files.ts'
import { errnoOf } from './errno.ts'
import type { FileText } from './read-text.ts'

/** A terminal's text is some ten kilobytes; what is larger than this is something else. Bytes. */
const MAX_SCREEN_BYTES = 1024 * 1024

/** Screens that were saved as text. Nothing is ever written. */
export interface ScreenFiles {
  kindOf(path: string): 'file' | 'folder' | 'other' | 'absent'
  /** Refused beyond 1 MiB. */
  read(path: string): FileText
  /** Every `*.txt` below the folder, relative to it, sorted; links are not followed. */
  list(folder: string): { kind: 'ok'; files: string[] } | { kind: 'refused'; why: string }
  /** Standard input to its end; refused beyond 1 MiB. */
  stdin(): Promise<FileText>
}

/** @param input @default the process's standard input */
export function createScreenFiles(
  input: () => AsyncIterable<Uint8Array | string> = () => process.stdin,
): ScreenFiles {
  const { kindOf, readText } = createConfigFiles()
  return { kindOf, read: (path) => readText(path, MAX_SCREEN_BYTES), list, stdin: () => readAll(input()) }
}

function list(folder: string): ReturnType<ScreenFiles['list']> {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const texts = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.txt'))
    return {
      kind: 'ok',
      files: texts.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort(),
    }
  } catch (error) {
    return { kind: 'refused', why: `cannot be read (${errnoOf(error) ?? 'unknown error'})` }
  }
}

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<FileText> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of input) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    size += bytes.length
    if (size > MAX_SCREEN_BYTES) return { kind: 'refused', why: 'is larger than 1 MiB' }
    parts.push(bytes)
  }
  return { kind: 'ok', text: Buffer.concat(parts).toString('utf8') }
}
