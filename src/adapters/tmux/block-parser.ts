/** What a control-mode client prints: answers to commands, and notifications between them. */
export type ControlItem =
  /** `own`: the command came from our standard input, not from a hook or from the client's command line. */
  | { kind: 'block'; ok: boolean; own: boolean; text: Buffer }
  | { kind: 'notice'; name: string; line: string }
  | { kind: 'garbage'; line: string }

interface OpenBlock {
  id: string
  own: boolean
  lines: Buffer[]
}

const NEWLINE = 10

/** Cuts the byte stream of `tmux -C` into items. A block ends only with the time, number and flags it began with. */
export function createBlockParser(onItem: (item: ControlItem) => void): { feed(chunk: Buffer): void } {
  let rest: Buffer[] = []
  let open: OpenBlock | undefined

  function line(bytes: Buffer): void {
    if (open === undefined) {
      outside(bytes.toString())
      return
    }
    const text = bytes[0] === 0x25 /* % */ ? bytes.toString() : ''
    const ok = text === `%end ${open.id}`
    if (!ok && text !== `%error ${open.id}`) {
      open.lines.push(bytes, Buffer.from('\n'))
      return
    }
    const { own, lines } = open
    open = undefined
    onItem({ kind: 'block', ok, own, text: Buffer.concat(lines) })
  }

  function outside(text: string): void {
    const begin = /^%begin (\d+ \d+ (\d+))$/.exec(text)
    if (begin) open = { id: begin[1]!, own: begin[2] === '1', lines: [] }
    else if (/^%(end|error) /.test(text) || !text.startsWith('%')) onItem({ kind: 'garbage', line: text })
    else onItem({ kind: 'notice', name: text.slice(1).split(' ', 1)[0]!, line: text })
  }

  return {
    feed(chunk) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        const piece = chunk.subarray(from, at)
        line(rest.length === 0 ? piece : Buffer.concat([...rest, piece]))
        rest = []
        from = at + 1
      }
      if (from < chunk.length) rest.push(chunk.subarray(from))
    },
  }
}
