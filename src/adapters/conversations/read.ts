import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Appended } from './types.ts'

const NEWLINE = 0x0a

/** Absence, refusal and a file that changes under the hand are all the same answer: nothing is known. */
export async function orElse<T, U>(ask: () => Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await ask()
  } catch {
    return otherwise
  }
}

async function withFile<T>(
  path: string,
  use: (file: FileHandle, stat: Stats) => Promise<T>,
): Promise<T | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    return stat.isFile() ? await use(file, stat) : undefined
  } finally {
    await file.close()
  }
}

export async function readText(path: string, most: number): Promise<string | undefined> {
  return withFile(path, async (file, { size }) =>
    size > most ? undefined : (await bytesOf(file, 0, size)).toString('utf8'),
  )
}

/** Files of `/proc` have no size. */
export async function readUnsized(path: string): Promise<Buffer | undefined> {
  return withFile(path, (file) => file.readFile())
}

/** See `ConversationFiles.appended`: a line that is still being written is left for the next time. */
export async function readAppended(path: string, from: number, most: number): Promise<Appended | undefined> {
  return withFile(path, async (file, { size }) => {
    const bytes = await bytesOf(file, from, Math.max(0, Math.min(most, size - from)))
    const end = bytes.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
      return { lines, records: lines.map(decode), next: from + end }
    }
    // No line end in so many bytes: no record that we would understand. The rest of it will be no JSON either.
    return { lines: [], records: [], next: bytes.length === most ? from + bytes.length : from }
  })
}

function decode(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

async function bytesOf(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, from)
  return buffer.subarray(0, bytesRead)
}
