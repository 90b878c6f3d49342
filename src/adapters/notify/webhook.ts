import type { Delivery } from './types.ts'

const mostHops = 3

/**
 * Posts a JSON text. Any 2xx answer is a delivery. A redirect is followed only when it keeps the method (307, 308) and
 * stays with http or https, never from https down to http; the token goes to the first host alone. No word of the
 * address behind its host, of the token or of the answer is ever told: those may be secrets.
 * @param options.timeoutMs for the whole exchange
 */
export async function postJson(
  address: string,
  body: string,
  options: { token: string | undefined; timeoutMs: number },
): Promise<Delivery> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  const first = new URL(address)
  let url = first
  for (let hop = 0; hop <= mostHops; hop += 1) {
    const sent = await post(url, body, url.origin === first.origin ? options.token : undefined, signal)
    if (sent.kind === 'failed') return { ok: false, why: reasonOf(sent.error, url, options.timeoutMs) }
    const { status, location } = sent
    if (status >= 200 && status < 300) return { ok: true, detail: `${url.origin} answered ${status}` }
    if (status < 300 || status >= 400) return { ok: false, why: `${url.origin} answered ${status}` }
    const next = redirected(url, location)
    if ((status !== 307 && status !== 308) || next === undefined)
      return {
        ok: false,
        why: `${url.origin} redirects (${status}) to ${shownTarget(url, location)}: write the address it means`,
      }
    url = next
  }
  return { ok: false, why: `${first.origin} redirects more than ${mostHops} times` }
}

type Posted = { kind: 'answer'; status: number; location: string } | { kind: 'failed'; error: unknown }

async function post(url: URL, body: string, token: string | undefined, signal: AbortSignal): Promise<Posted> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'agents-fleet',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    })
    await answer.body?.cancel()
    return { kind: 'answer', status: answer.status, location: answer.headers.get('location') ?? '' }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

function redirected(from: URL, location: string): URL | undefined {
  if (!URL.canParse(location, from.href)) return undefined
  const to = new URL(location, from)
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return undefined
  return from.protocol === 'https:' && to.protocol === 'http:' ? undefined : to
}

function shownTarget(from: URL, location: string): string {
  if (location === '' || !URL.canParse(location, from.href)) return 'nowhere'
  const to = new URL(location, from)
  return to.origin === 'null' ? `a ${to.protocol} address` : to.origin
}

/** Codes only: the message of such an error may name the whole address. */
function reasonOf(error: unknown, { origin }: URL, timeoutMs: number): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  if (name === 'TimeoutError' || name === 'AbortError')
    return `${origin} did not answer within ${timeoutMs} ms`
  const code = cause?.code
  if (code === undefined) return `${origin} could not be asked${name === undefined ? '' : ` (${name})`}`
  return `${origin} could not be reached (${code})`
}
