import { createHash } from 'node:crypto'
import { parseId } from './ids.ts'

/**
 * The id under which a town keeps a message that its sender calls `given`: an id stays itself, any other text becomes
 * always the same one. A name of a sender's own so tells a repeated message from a new one, as an id does.
 */
export function messageIdOf(given: string): string {
  const id = parseId(given)
  if (id !== undefined) return id
  const hash = createHash('sha256').update(`agents message\0${given}`).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
