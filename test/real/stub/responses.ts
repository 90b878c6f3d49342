import type { Dialect, Stream } from './dialect.ts'

const escalated = {
  sandbox_permissions: 'require_escalated',
  justification: 'Do you want to fetch the file?',
}

/** OpenAI responses, streamed. */
export const responses: Dialect = {
  name: 'responses',
  speaks: (path) => path.endsWith('/responses'),
  aside: (stream) => say(stream, begin(stream), 'ok'),
  text: async (stream, words) => {
    const id = begin(stream)
    let all = ''
    for await (const delta of words) {
      all += delta
      stream.named('response.output_text.delta', { item_id: id, output_index: 0, content_index: 0, delta })
    }
    say(stream, id, all)
  },
  tool: (stream, command) => {
    created(stream)
    const call = {
      id: `fc_${Date.now()}`,
      type: 'function_call',
      call_id: `call_${Date.now()}`,
      name: 'exec_command',
      arguments: JSON.stringify({
        cmd: command,
        ...(command.startsWith('curl ') ? escalated : {}),
      }),
      status: 'completed',
    }
    stream.named('response.output_item.done', { output_index: 0, item: call })
    completed(stream, [call])
  },
  answersTool: (body) => {
    const { input } = JSON.parse(body) as { input?: { type?: string }[] }
    return input?.at(-1)?.type === 'function_call_output'
  },
  limit: (reset) => ({
    status: 429,
    headers: {},
    body: {
      error: {
        type: 'usage_limit_reached',
        message: 'The usage limit has been reached',
        plan_type: 'plus',
        resets_at: Math.floor(reset.getTime() / 1000),
      },
    },
  }),
  overload: () => ({
    status: 503,
    headers: {},
    body: { error: { type: 'server_error', message: 'overloaded' } },
  }),
}

function created(stream: Stream): void {
  stream.named('response.created', {
    response: { id: 'r1', object: 'response', status: 'in_progress', output: [] },
  })
}

function begin(stream: Stream): string {
  created(stream)
  const id = `msg_${Date.now()}`
  const item = { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] }
  stream.named('response.output_item.added', { output_index: 0, item })
  return id
}

function say(stream: Stream, id: string, text: string): void {
  const content = [{ type: 'output_text', text, annotations: [] }]
  const item = { id, type: 'message', role: 'assistant', status: 'completed', content }
  stream.named('response.output_item.done', { output_index: 0, item })
  completed(stream, [item])
}

function completed(stream: Stream, output: unknown[]): void {
  const usage = {
    input_tokens: 1,
    output_tokens: 1,
    total_tokens: 2,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  }
  stream.named('response.completed', {
    response: { id: 'r1', object: 'response', status: 'completed', output, usage },
  })
}
