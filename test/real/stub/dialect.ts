/** Writes server-sent events to an open answer. */
export interface Stream {
  /** `data:` alone. */
  plain(value: unknown): void
  /** `event: type` and `data:` with the type in it. */
  named(type: string, value: object): void
  raw(text: string): void
}

export interface Refusal {
  status: number
  headers: Record<string, string>
  body: unknown
}

/** One protocol that an agent CLI speaks to its model. */
export interface Dialect {
  name: string
  speaks(path: string): boolean
  /** A short whole answer for a helper's question (a title, a classification). */
  aside(stream: Stream): void
  text(stream: Stream, words: AsyncIterable<string>): Promise<void>
  /** Asks to run a shell command that needs a permission. */
  tool(stream: Stream, command: string): void
  /** The request ends with what a tool gave back. */
  answersTool(body: string): boolean
  limit(reset: Date): Refusal
  overload(): Refusal
}

export const usage = { input_tokens: 1, output_tokens: 1 }
