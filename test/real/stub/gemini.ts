import type { Dialect, Stream } from './dialect.ts'

/** Gemini `streamGenerateContent`. */
export const gemini: Dialect = {
  name: 'gemini',
  speaks: (path) => path.includes('enerateContent'),
  aside: (stream) => say(stream, 'ok', 'STOP'),
  text: async (stream, words) => {
    for await (const word of words) say(stream, word)
    say(stream, '.', 'STOP')
  },
  tool: (stream, command) => {
    const functionCall = { name: 'run_shell_command', args: { command, description: 'fetch a file' } }
    candidate(stream, [{ functionCall }], 'STOP')
  },
  answersTool: (body) => {
    const { contents } = JSON.parse(body) as { contents?: { parts?: object[] }[] }
    const last = contents?.at(-1)?.parts?.at(-1)
    return last !== undefined && 'functionResponse' in last
  },
  limit: (reset) => {
    const seconds = Math.ceil((reset.getTime() - Date.now()) / 1000)
    return {
      status: 429,
      headers: {},
      body: {
        error: {
          code: 429,
          message: 'Quota exceeded',
          status: 'RESOURCE_EXHAUSTED',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }],
        },
      },
    }
  },
  overload: () => ({
    status: 503,
    headers: {},
    body: { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
  }),
}

/** What the CLI's own helpers (router, next speaker) ask for as JSON, all fields in one. */
export const geminiWhole = {
  candidates: [
    {
      content: {
        role: 'model',
        parts: [
          {
            text: JSON.stringify({
              reasoning: 'stub',
              complexity_reasoning: 'stub',
              complexity_score: 1,
              model_choice: 'pro',
              next_speaker: 'user',
            }),
          },
        ],
      },
      finishReason: 'STOP',
      index: 0,
    },
  ],
}

function say(stream: Stream, text: string, finish?: string): void {
  candidate(stream, [{ text }], finish)
}

function candidate(stream: Stream, parts: unknown[], finishReason?: string): void {
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }
  stream.plain({
    candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
    ...(finishReason === undefined ? {} : { usageMetadata }),
  })
}
