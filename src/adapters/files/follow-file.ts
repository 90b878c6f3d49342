import type { FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as pause } from 'node:timers/promises'
import { fileMark } from './event-files.ts'
import { openRegular } from './safe-open.ts'

const LOOK_EVERY_MS = 100
const BLOCK = 64 * 1024

interface Place {
  handle: FileHandle
  ino: number
  offset: number
}

/**
 * Gives `onChunk` what is added to a file from now on, until `signal` is aborted. Goes on with the new file after a
 * rotation (once the old one is read to its end), from the beginning after a truncation, and waits for a file that is
 * not there. Bytes that are not UTF-8 become U+FFFD.
 */
export async function followFile(
  path: string,
  onChunk: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const decoder = new StringDecoder('utf8')
  let place = await openAt(path, 'end')
  try {
    while (!signal.aborted) {
      if (place !== undefined) await readOn(place, (bytes) => onChunk(decoder.write(bytes)), signal)
      const now = await fileMark(path)
      if (now !== undefined && now.ino !== place?.ino) {
        if (place !== undefined) await readOn(place, (bytes) => onChunk(decoder.write(bytes)), signal)
        await place?.handle.close()
        place = undefined
        place = await openAt(path, 'start')
        if (place !== undefined) continue
      }
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    await place?.handle.close()
  }
}

async function openAt(path: string, where: 'start' | 'end'): Promise<Place | undefined> {
  const opened = await openRegular(path)
  if (opened.kind !== 'ok') return undefined
  const { handle, stat } = opened
  return { handle, ino: stat.ino, offset: where === 'end' ? stat.size : 0 }
}

async function readOn(place: Place, onBytes: (bytes: Buffer) => void, signal: AbortSignal): Promise<void> {
  const { size } = await place.handle.stat()
  if (size < place.offset) place.offset = 0
  while (!signal.aborted) {
    const { bytesRead, buffer } = await place.handle.read(Buffer.alloc(BLOCK), 0, BLOCK, place.offset)
    if (bytesRead === 0) return
    place.offset += bytesRead
    onBytes(buffer.subarray(0, bytesRead))
  }
}
