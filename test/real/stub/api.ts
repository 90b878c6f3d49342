import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { anthropic } from './anthropic.ts'
import { chat } from './chat.ts'
import type { Dialect, Refusal, Stream } from './dialect.ts'
import { gemini, geminiWhole } from './gemini.ts'
import { responses } from './responses.ts'

/**
 * `slow`: words over some ten seconds, with a pause in the middle. `fast`: the same at once. `tool`: asks to run a
 * command that needs a permission. `limit`: usage limit until `resetAt`. `overload`: 529 or 503. `hang`: no answer until the mode
 * is another.
 */
export type Mode = 'slow' | 'fast' | 'tool' | 'limit' | 'overload' | 'hang'

export interface ApiRequest {
  at: number
  path: string
  body: string
  /** Of the conversation itself, not of a helper that wants a title. */
  turn: boolean
  mode: Mode
  /** When it was answered completely, or its connection was closed. */
  endedAt: number | undefined
}

/** A stand-in for the model APIs, on loopback. It knows what was asked, and when a reply streams: the truth. */
export interface StubApi {
  url: string
  port: number
  mode: Mode
  resetAt: Date
  /** What `tool` asks to run. */
  command: string
  requests: ApiRequest[]
  turns(): ApiRequest[]
  /** A reply of the conversation streams at present. */
  busy(): boolean
  close(): Promise<void>
}

const dialects: readonly Dialect[] = [anthropic, responses, chat, gemini]
const needsPermission = 'curl http://127.0.0.1:9/ -o x'
/** The slow reply: milliseconds before the first word, between words, and in the middle. */
const pace = { first: 1_500, word: 400, middle: 3_000 }

export async function createStubApi(): Promise<StubApi> {
  const requests: ApiRequest[] = []
  const server = createServer((request, response) => {
    collect(request).then((body) => answer(request, response, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const api: StubApi = {
    url: `http://127.0.0.1:${port}`,
    port,
    mode: 'fast',
    resetAt: new Date(),
    command: needsPermission,
    requests,
    turns: () => requests.filter((one) => one.turn),
    busy: () => requests.some((one) => one.turn && one.endedAt === undefined),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const path = new URL(request.url ?? '/', api.url).pathname
    const dialect = dialects.find((one) => one.speaks(path))
    const turn = dialect !== undefined && asksWithTools(body)
    const entry: ApiRequest = { at: Date.now(), path, body, turn, mode: api.mode, endedAt: undefined }
    if (request.method === 'POST') requests.push(entry)
    response.on('close', () => {
      entry.endedAt ??= Date.now()
    })
    if (request.method === 'HEAD') return void response.end()
    if (dialect === undefined) return small(response, path)
    if (path.endsWith('/count_tokens')) return json(response, 200, { input_tokens: 1 })
    if (path.endsWith(':countTokens')) return json(response, 200, { totalTokens: 1 })
    while (api.mode === 'hang' && !response.destroyed) await sleep(100)
    if (response.destroyed) return
    entry.mode = api.mode
    if (api.mode === 'limit') return refuse(response, dialect.limit(api.resetAt))
    if (api.mode === 'overload') return refuse(response, dialect.overload())
    if (path.endsWith(':generateContent')) return json(response, 200, geminiWhole)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    await reply(dialect, response, entry)
    response.end()
  }

  async function reply(dialect: Dialect, response: ServerResponse, entry: ApiRequest): Promise<void> {
    const stream = streamTo(response)
    if (!entry.turn) dialect.aside(stream)
    else if (entry.mode === 'tool' && !dialect.answersTool(entry.body)) dialect.tool(stream, api.command)
    else {
      if (entry.mode === 'tool') entry.mode = 'fast'
      await dialect.text(stream, words(entry.mode === 'slow', response))
    }
  }
  return api
}

async function* words(slow: boolean, response: ServerResponse): AsyncIterable<string> {
  if (slow) await sleep(pace.first)
  for (let i = 0; i < 16 && !response.destroyed; i += 1) {
    if (slow) await sleep(i === 8 ? pace.middle : pace.word)
    yield `word${i} `
  }
}

function asksWithTools(body: string): boolean {
  try {
    const { tools } = JSON.parse(body) as { tools?: unknown }
    return Array.isArray(tools) && tools.length > 0
  } catch {
    // Not JSON: telemetry or the like.
    return false
  }
}

async function collect(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function streamTo(response: ServerResponse): Stream {
  const raw = (text: string): void => void response.write(text)
  return {
    raw,
    plain: (value) => raw(`data: ${JSON.stringify(value)}\n\n`),
    named: (type, value) => raw(`event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`),
  }
}

function small(response: ServerResponse, path: string): void {
  const models = path.endsWith('/models')
  json(
    response,
    models ? 200 : 404,
    models ? { object: 'list', data: [{ id: 'stub', object: 'model' }] } : {},
  )
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  json(response, refusal.status, refusal.body, refusal.headers)
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
