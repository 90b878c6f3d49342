import type { RawReply, Word } from './types.ts'

/** What the server refused, in its words. Inside of an array too, as EXEC and scripts may answer. */
export class ReplyError extends Error {}

/** Strings as bytes: who asked knows whether they are text. */
export type WireReply = Exclude<RawReply, RawReply[]> | ReplyError | WireReply[]

/** One command as RESP writes it: an array of bulk strings. */
export function encodeCommand(words: readonly Word[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = typeof word === 'object' ? word : Buffer.from(String(word))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, END)
  }
  return Buffer.concat(parts)
}

const END = Buffer.from('\r\n')
const RETURN = 13

interface OpenArray {
  items: WireReply[]
  left: number
}

/**
 * Cuts the byte stream of a server into replies of RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
 * What has come of a long reply is neither read nor copied again with each piece of it.
 * @returns feed: answers false once the stream is no RESP; nothing more is to be read from it
 */
export function createReplyParser(onReply: (reply: WireReply) => void): { feed(piece: Buffer): boolean } {
  let pieces: Buffer[] = []
  let size = 0
  /** Fewer bytes than this cannot end what is begun. */
  let wanted = 1
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0
  const open: OpenArray[] = []

  /** The text up to the next line end; undefined: it has not come yet. */
  function line(): string | undefined {
    const end = bytes.indexOf(RETURN, at)
    if (end === -1 || end + 1 >= bytes.length) return undefined
    const text = bytes.toString('utf8', at, end)
    at = end + 2
    return text
  }

  /** @returns undefined when it is not complete; nothing of it is taken then */
  function next(): WireReply | OpenArray | 'not RESP' | undefined {
    const from = at
    const head = line()
    if (head === undefined) {
      wanted = bytes.length - from + 1
      return undefined
    }
    const rest = head.slice(1)
    if (head[0] === '+') return Buffer.from(rest)
    if (head[0] === '-') return new ReplyError(rest)
    if (!/^[:$*]-?\d+$/.test(head)) return 'not RESP'
    const count = Number(rest)
    if (head[0] === ':') return count
    if (count < 0) return null
    if (head[0] === '*') return { items: [], left: count }
    if (at + count + END.length > bytes.length) {
      wanted = at - from + count + END.length
      at = from
      return undefined
    }
    // A copy: a few bytes that are kept would else keep all that came with them.
    const value = Buffer.from(bytes.subarray(at, at + count))
    at += count + END.length
    return value
  }

  /** Puts a whole reply where it belongs; an array that is complete by it is whole, too. */
  function settle(whole: WireReply): void {
    let reply = whole
    for (let outer = open.at(-1); outer !== undefined; outer = open.at(-1)) {
      outer.items.push(reply)
      outer.left -= 1
      if (outer.left > 0) return
      open.pop()
      reply = outer.items
    }
    onReply(reply)
  }

  function take(found: WireReply | OpenArray): void {
    if (!isOpen(found)) settle(found)
    else if (found.left === 0) settle(found.items)
    else open.push(found)
  }

  return {
    feed(piece) {
      pieces.push(piece)
      size += piece.length
      if (size < wanted) return true
      bytes = pieces.length === 1 ? piece : Buffer.concat(pieces)
      at = 0
      wanted = 1
      while (at < bytes.length) {
        const found = next()
        if (found === 'not RESP') return false
        if (found === undefined) break
        take(found)
      }
      const rest = bytes.subarray(at)
      bytes = rest
      size = rest.length
      pieces = size === 0 ? [] : [rest]
      return true
    },
  }
}

const isOpen = (found: WireReply | OpenArray): found is OpenArray =>
  typeof found === 'object' &&
  found !== null &&
  !Array.isArray(found) &&
  !Buffer.isBuffer(found) &&
  !(found instanceof ReplyError)
