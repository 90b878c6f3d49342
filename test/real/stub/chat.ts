import type { Dialect, Stream } from './dialect.ts'
import { responses } from './responses.ts'

/** OpenAI chat completions, streamed. */
export const chat: Dialect = {
  name: 'chat',
  speaks: (path) => path.endsWith('/chat/completions'),
  aside: (stream) => {
    chunk(stream, { role: 'assistant', content: 'ok' })
    end(stream, 'stop')
  },
  text: async (stream, words) => {
    for await (const content of words) chunk(stream, { role: 'assistant', content })
    end(stream, 'stop')
  },
  tool: (stream, command) => {
    const call = { name: 'bash', arguments: JSON.stringify({ command, description: 'fetch a file' }) }
    const tool_calls = [{ index: 0, id: `call_${Date.now()}`, type: 'function', function: call }]
    chunk(stream, { role: 'assistant', tool_calls })
    end(stream, 'tool_calls')
  },
  answersTool: (body) => {
    const { messages } = JSON.parse(body) as { messages?: { role?: string }[] }
    return messages?.at(-1)?.role === 'tool'
  },
  limit: (reset) => {
    const refusal = responses.limit(reset)
    const seconds = Math.ceil((reset.getTime() - Date.now()) / 1000)
    return { ...refusal, headers: { 'retry-after': String(seconds) } }
  },
  overload: responses.overload,
}

function chunk(stream: Stream, delta: object, finish_reason: string | null = null): void {
  stream.plain({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'stub',
    choices: [{ index: 0, delta, finish_reason }],
  })
}

function end(stream: Stream, reason: string): void {
  chunk(stream, {}, reason)
  stream.raw('data: [DONE]\n\n')
}
