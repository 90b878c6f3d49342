import { type Dialect, type Stream, usage } from './dialect.ts'

/** Anthropic messages, streamed. */
export const anthropic: Dialect = {
  name: 'anthropic',
  speaks: (path) => path.startsWith('/v1/messages'),
  aside: (stream) => {
    open(stream)
    textBlock(stream)
    delta(stream, 'ok')
    shut(stream, 'end_turn')
  },
  text: async (stream, words) => {
    open(stream)
    textBlock(stream)
    for await (const word of words) delta(stream, word)
    shut(stream, 'end_turn')
  },
  tool: (stream, command) => {
    open(stream)
    const id = `toolu_${Date.now()}`
    stream.named('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id, name: 'Bash', input: {} },
    })
    const partial_json = JSON.stringify({ command, description: 'fetch a file' })
    stream.named('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json } })
    shut(stream, 'tool_use')
  },
  answersTool: (body) => lastSaid(body)?.type === 'tool_result',
  limit: (reset) => ({
    status: 429,
    headers: {
      'retry-after': String(Math.ceil((reset.getTime() - Date.now()) / 1000)),
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': String(Math.floor(reset.getTime() / 1000)),
      'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    },
    body: failure('rate_limit_error', "This request would exceed your account's rate limit."),
  }),
  overload: () => ({ status: 529, headers: {}, body: failure('overloaded_error', 'Overloaded') }),
}

function open(stream: Stream): void {
  stream.named('message_start', {
    message: {
      id: `msg_${Date.now()}`,
      type: 'message',
      role: 'assistant',
      model: 'stub',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  })
}

function textBlock(stream: Stream): void {
  stream.named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
}

function delta(stream: Stream, text: string): void {
  stream.named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
}

function shut(stream: Stream, reason: string): void {
  stream.named('content_block_stop', { index: 0 })
  stream.named('message_delta', {
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 20 },
  })
  stream.named('message_stop', {})
}

interface Block {
  type?: string
  text?: string
}

/** The last block of the last message that is no reminder of the CLI's own: a refused tool stands before a new text. */
function lastSaid(body: string): Block | undefined {
  const { messages } = JSON.parse(body) as { messages?: { content?: string | Block[] }[] }
  const content = messages?.at(-1)?.content ?? []
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return blocks.findLast(({ text }) => !text?.startsWith('<system-reminder>'))
}

const failure = (type: string, message: string): unknown => ({ type: 'error', error: { type, message } })
